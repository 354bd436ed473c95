/** The style sheet of the web page. Colours are told apart by lightness as well, so that they are in greyscale. */
export const style = `
:root{color-scheme:light dark;--page:#f5f6f9;--card:#fff;--ink:#161c28;--soft:#515b6d;--line:#dbe0e8;--link:#0b4f9e;--need:#0b4f9e;--tax:#e5752b;--taxink:#a33d07;--ahead:#0e8577;--open:#8d97a8;--calls:#cfd6e2;--bad:#b3141d;--badpage:#fdecec;--chip:#eef1f6}
@media (prefers-color-scheme:dark){:root{--page:#0e1218;--card:#171c25;--ink:#e8ecf3;--soft:#a7b1c2;--line:#2b3442;--link:#86bcff;--need:#5aa6ff;--tax:#ef8a45;--taxink:#ffb27a;--ahead:#3fc9b6;--open:#76829a;--calls:#3a4557;--bad:#ff9a9a;--badpage:#3a1518;--chip:#232b38}}
*{box-sizing:border-box}
html{scroll-padding-top:4.5rem}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif;overflow-wrap:anywhere}
.wrap{max-width:1160px;margin:0 auto;padding:0 1.25rem}
a{color:var(--link);text-underline-offset:.15em}
a:focus-visible,button:focus-visible,input:focus-visible,[tabindex]:focus-visible,summary:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:3px}
code,pre{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip:focus{position:fixed;left:1rem;top:.5rem;background:var(--card);padding:.5rem 1rem;z-index:5;clip-path:none;width:auto;height:auto}
header.top{background:var(--card);border-bottom:1px solid var(--line);padding:1.6rem 0 1.8rem}
.run{color:var(--soft);font-size:.875rem;margin:0 0 .6rem}
.run b{color:var(--ink)}
h1{font-size:clamp(1.6rem,4.2vw,2.5rem);line-height:1.15;margin:0;letter-spacing:-.02em;text-wrap:balance}
h1 small{display:block;font-size:1.05rem;font-weight:400;letter-spacing:0;color:var(--soft);line-height:1.45;margin-top:.5rem}
h2{font-size:1.3rem;line-height:1.25;margin:0 0 .3rem;letter-spacing:-.01em}
h3{font-size:1.08rem;line-height:1.35;margin:0}
h4{font-size:.82rem;margin:0 0 .35rem;color:var(--soft);font-weight:600}
p{margin:.4rem 0}
.lead{color:var(--soft);margin:0 0 1rem;max-width:78ch}
.proof{display:flex;height:14px;border-radius:7px;overflow:hidden;background:var(--line);margin:1.1rem 0 .5rem;gap:2px}
.proof i{display:block;min-width:2px}
.key{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;list-style:none;margin:0;padding:0;font-size:.875rem;color:var(--soft)}
.key li::before{content:"";display:inline-block;width:.75rem;height:.75rem;border-radius:2px;margin-right:.4rem;vertical-align:-1px;background:var(--c)}
.c-necessary{--c:var(--need)}.c-ahead{--c:var(--ahead)}.c-redundant{--c:var(--tax)}.c-unknown{--c:var(--open)}.c-calls{--c:var(--calls)}
.proof .c-necessary,.proof .c-ahead,.proof .c-redundant,.proof .c-unknown{background:var(--c)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(205px,1fr));gap:.75rem;margin:1.3rem 0 0}
.tile{border:1px solid var(--line);border-radius:10px;padding:.8rem 1rem;background:var(--card)}
.tile dt{font-size:.82rem;color:var(--soft);font-weight:600}
.tile dt a{color:inherit;text-decoration-color:var(--line)}
.tile dd{margin:0}
.tile .big{font-size:1.5rem;font-weight:650;letter-spacing:-.02em;line-height:1.3;font-variant-numeric:tabular-nums}
.tile small{display:block;color:var(--soft);font-size:.84rem;line-height:1.4}
.alert{background:var(--badpage);color:var(--bad);border:1px solid currentColor;border-radius:8px;padding:.6rem 1rem;margin:0 0 1rem;font-weight:600}
nav{position:sticky;top:0;z-index:3;background:var(--page);border-bottom:1px solid var(--line)}
nav ul{display:flex;gap:0 1.3rem;list-style:none;margin:0;padding:0;overflow-x:auto;font-size:.92rem;white-space:nowrap}
nav a{display:inline-block;padding:.65rem 0;color:var(--ink);text-decoration:none}
nav a:hover{text-decoration:underline}
main.wrap{padding-top:1.5rem;padding-bottom:3rem;display:grid;gap:1.5rem}
main>*{min-width:0}
section.part{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1.4rem 1.5rem 1.5rem}
.fixes{list-style:none;margin:0 0 .8rem;padding:0;display:grid;gap:.75rem}
.fix{border:1px solid var(--line);border-radius:10px;padding:1rem 1.15rem;display:grid;grid-template-columns:2.2rem minmax(0,1fr) 11.5rem;gap:.2rem .9rem;position:relative;overflow:hidden}
.fix .rank{font-size:1.5rem;font-weight:650;color:var(--soft);line-height:1.2}
.fix .worth{text-align:right}
.fix .worth b{display:block;font-size:1.3rem;line-height:1.25;font-variant-numeric:tabular-nums}
.fix .worth span{display:block;color:var(--soft);font-size:.84rem}
.meter{grid-column:1/-1;height:5px;border-radius:3px;background:var(--chip);margin-top:.55rem}
.meter i{display:block;height:100%;border-radius:3px;background:var(--tax);min-width:3px}
.who{color:var(--soft);font-size:.9rem;margin:.1rem 0 .3rem}
.do{margin:.35rem 0 0}
.risk{color:var(--soft);font-size:.9rem}
.chip{display:inline-block;background:var(--chip);border-radius:5px;padding:.05rem .45rem;font-size:.82rem;color:var(--ink)}
.buttons{display:flex;flex-wrap:wrap;gap:.5rem;margin-top:.6rem}
button{font:inherit;font-size:.86rem;color:var(--ink);background:var(--card);border:1px solid var(--soft);border-radius:7px;padding:.3rem .75rem;cursor:pointer;min-height:2rem}
button:hover{background:var(--chip)}
.needs-script{display:none}
.script .needs-script{display:flex}
svg{display:block;width:100%}
.area-requests{fill:var(--calls)}.area-fetches{fill:var(--tax)}.area-necessary{fill:var(--need)}
.axis{display:flex;justify-content:space-between;color:var(--soft);font-size:.78rem;font-variant-numeric:tabular-nums;margin-top:.25rem}
.script .still{display:none}
#chart .u-legend{font-size:.84rem;color:var(--ink);width:auto;margin:.2rem auto 0;text-align:center}
#chart .u-legend th,#chart .u-legend td{border:0;padding:.1rem .3rem;min-width:0;font-weight:400;color:var(--soft)}
#chart .u-legend .u-value{min-width:5ch;color:var(--ink);text-align:left}
#chart .u-legend .u-marker{display:none}
#chart .uplot:not(:hover) .u-legend{visibility:hidden}
#chart .u-select{background:color-mix(in srgb,var(--link) 22%,transparent);box-shadow:inset 0 0 0 1px var(--link)}
.range{flex-wrap:wrap;align-items:end;gap:.7rem 1.2rem;margin-top:.9rem;padding-top:.9rem;border-top:1px solid var(--line)}
.range label{font-size:.84rem;color:var(--soft);flex:1 1 180px}
.range input[type=range]{display:block;width:100%;accent-color:var(--link)}
.chosen{margin:.8rem 0 0;font-size:.95rem;font-variant-numeric:tabular-nums}
.find{align-items:center;gap:.6rem;margin:0 0 .9rem}
.find label{font-size:.9rem;color:var(--soft);white-space:nowrap}
input[type=search]{font:inherit;font-size:.92rem;padding:.35rem .7rem;border:1px solid var(--soft);border-radius:7px;background:var(--card);color:var(--ink);width:min(22rem,100%)}
.lanes{margin-top:1rem;display:grid;gap:.1rem}
.lane{display:grid;grid-template-columns:15rem minmax(0,1fr);gap:1rem;padding:.55rem 0;border-top:1px solid var(--line);align-items:start}
.lane-name{font-size:.92rem;line-height:1.35}
.lane-name span,.lane-name small{color:var(--soft)}
.lane-name small{display:block;font-size:.8rem}
.lane svg{background:linear-gradient(var(--line),var(--line)) 0 7px/100% 1px no-repeat}
.lane-axis{display:grid;grid-template-columns:15rem minmax(0,1fr);gap:1rem}
.lane-axis .axis{grid-column:2}
rect.necessary{fill:var(--need)}rect.ahead{fill:var(--ahead)}rect.redundant{fill:var(--tax)}rect.unknown{fill:var(--open)}
rect.redundant{fill-opacity:.62}rect.guessed{fill-opacity:.45}
rect.necessary.guessed,rect.ahead.guessed{fill-opacity:.8}
.tick{fill:none;stroke-width:1.2;vector-effect:non-scaling-stroke}
.tick.necessary{stroke:var(--need);stroke-width:2.4}.tick.ahead{stroke:var(--ahead)}.tick.redundant{stroke:var(--taxink)}.tick.unknown{stroke:var(--open)}
.scroll{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums;overflow-wrap:normal}
th,td{text-align:left;padding:.42rem .7rem;border-bottom:1px solid var(--line);vertical-align:top}
tbody th{font-weight:500;min-width:9rem;overflow-wrap:anywhere}
thead th{color:var(--soft);font-weight:600;font-size:.82rem;white-space:nowrap}
thead button{border:0;background:none;padding:.1rem 0;min-height:1.5rem;color:inherit;font-weight:600;border-radius:0;text-decoration:underline dotted;text-underline-offset:.25em}
th[aria-sort=ascending] button::after{content:" \\2191"}th[aria-sort=descending] button::after{content:" \\2193"}
.n{text-align:right;white-space:nowrap}
tr.ends th,tr.ends td{background:var(--chip)}
.reach{position:relative;min-width:9rem;height:1.2em;padding:0}
.reach i{position:absolute;left:0;top:.28em;height:.65em;border-radius:2px;background:var(--need)}
.reach i.maybe{background:repeating-linear-gradient(135deg,var(--open) 0 2px,transparent 2px 5px);opacity:.8}
.finding{border-top:1px solid var(--line);padding:1.3rem 0 .4rem;margin-top:1rem}
.finding:first-of-type{border-top:0;margin-top:0;padding-top:.4rem}
.finding:target{box-shadow:-.6rem 0 0 var(--card),-.85rem 0 0 var(--tax)}
.why{font-size:1.05rem;margin:.5rem 0 .9rem;max-width:80ch}
.two{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:1.2rem 2.2rem;align-items:start}
dl.figures{display:grid;grid-template-columns:auto minmax(0,1fr);gap:.25rem 1.1rem;margin:0;font-size:.92rem;font-variant-numeric:tabular-nums}
dl.figures dt{color:var(--soft)}dl.figures dd{margin:0}
.histogram ul{list-style:none;margin:0;padding:0;font-size:.86rem;font-variant-numeric:tabular-nums}
.histogram li{display:grid;grid-template-columns:4.6rem minmax(0,1fr) 4.2rem;gap:.6rem;align-items:center;position:relative}
.histogram em{grid-column:2/-1;font-size:.8rem;color:var(--ahead);font-style:normal}
.bar{height:.8em}.bar i{display:block;height:100%;background:var(--tax);border-radius:0 2px 2px 0}
.spark{margin-top:1.1rem}.spark h4{margin-bottom:.3rem}.spark-says{font-weight:400}
.spark svg{background:var(--chip);border-radius:4px}.spark .others{fill:var(--open)}.spark .redundant{fill:var(--tax)}
.in-range:not(:empty){color:var(--ink)!important;font-weight:600}
.outside{display:none!important}
.more:has(.evidence):not(:has(.evidence li:not([hidden]))){display:none}
.more{margin-top:1rem}
.evidence{list-style:none;margin:.2rem 0 0;padding:0;font-size:.9rem}
.evidence li{margin-bottom:.4rem}
.lower{margin-top:1rem}.lower .more{margin-top:0}.lower ul{margin:.2rem 0;padding-left:1.2rem}.lower .evidence{padding:0}.lower .more+.more{margin-top:1rem}
pre,.evidence code{background:var(--chip);border-radius:5px;padding:.12rem .45rem;white-space:pre-wrap;display:inline-block;max-width:100%}
.pair{min-width:8rem}.pair i{display:block;height:.55em;margin:.22em 0;border-radius:0 2px 2px 0;min-width:1px}.pair .before{background:var(--open)}.pair .after{background:var(--need)}.pair .more-of{background:var(--tax)}
.interval{position:relative;min-width:9rem;height:1.3em;background:linear-gradient(var(--soft),var(--soft)) 50% 0/1px 100% no-repeat}
.interval i{position:absolute;top:.5em;height:.3em;background:var(--open);border-radius:2px}.interval b{position:absolute;top:.28em;width:.74em;height:.74em;margin-left:-.37em;border-radius:50%;background:var(--need);border:2px solid var(--card)}
.v-better{color:var(--card);background:var(--need)}.v-worse{color:var(--bad);background:var(--badpage)}
.mix{display:grid;grid-template-columns:auto auto minmax(0,1fr);gap:.4rem 1.2rem;align-items:center;margin:.6rem 0;max-width:44rem;font-variant-numeric:tabular-nums}.mix dd{margin:0}.mix .pair{min-width:0}.mix .pair i{height:.9em}
.side{margin-top:1.1rem}.side h3{font-size:.95rem;margin-bottom:.3rem}.side small{color:var(--soft);font-weight:400}.side svg{background:var(--chip);border-radius:4px}.axis+.scroll{margin-top:1rem}
.frontier{margin:1.2rem 0 0}
figcaption{color:var(--soft);font-size:.86rem;max-width:70ch}
.plot{position:relative;height:280px;margin:.8rem 0 0;padding:0 1rem 1.6rem 4.2rem;max-width:720px}
.field{position:relative;height:100%;border-left:1px solid var(--soft);border-bottom:1px solid var(--soft)}
.field i{position:absolute;transform:translate(-50%,50%);background:var(--need);color:var(--card);font:700 .74rem/1.35rem system-ui,sans-serif;min-width:1.35rem;text-align:center;border-radius:.7rem;border:1px solid var(--card)}
.field i.logged{background:var(--taxink)}
.plot .y,.plot .x{position:absolute;font-size:.78rem;color:var(--soft)}
.plot .y{right:calc(100% - 3.9rem)}.plot .top{top:-.3rem}.plot .low{bottom:1.3rem}.plot .x{bottom:0}.plot .left{left:4.2rem}.plot .right{right:1rem}
details{margin-top:1rem}summary{cursor:pointer;font-weight:600;font-size:.93rem}
.formulas dt{font-weight:600;margin-top:.7rem}.formulas dd{margin:0;color:var(--soft)}
.formulas dt:target{background:var(--chip);box-shadow:0 0 0 .3rem var(--chip)}
.block{margin-top:1.4rem}.block>h3{margin-bottom:.4rem}
.block ul{margin:.2rem 0;padding-left:1.2rem}
footer{color:var(--soft);font-size:.86rem;padding:0 0 2.5rem}
[hidden]{display:none!important}
@media (max-width:760px){#chart .u-legend{display:none}.fix .worth span{margin:0 .5rem 0 0!important}.wrap{padding:0 .9rem}section.part{padding:1.1rem 1rem;border-radius:10px}.fix{grid-template-columns:1.5rem minmax(0,1fr);padding:.9rem}.fix .worth{grid-column:2;text-align:left}.fix .worth b{display:inline}.fix .worth span{display:inline;margin-left:.5rem}.two,.lane,.lane-axis{grid-template-columns:minmax(0,1fr)}.lane{gap:.4rem}.lane-axis .axis{grid-column:1}.tiles{grid-template-columns:repeat(2,minmax(0,1fr))}.tile{padding:.7rem .8rem}.tile .big{font-size:1.2rem}.axis span:nth-child(even){display:none}}
@media print{.outside{display:block!important}.lane.outside{display:grid!important}:root{--page:#fff;--card:#fff;--ink:#000;--soft:#333;--line:#bbb;--link:#000;--need:#0b4f9e;--tax:#e5752b;--taxink:#a33d07;--ahead:#0e8577;--open:#8d97a8;--calls:#cfd6e2;--bad:#900;--badpage:#fff;--chip:#eee}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}body{font-size:11pt}nav,.needs-script,.script .needs-script,#chart,.skip{display:none!important}.script .still{display:block}section.part{border:0;padding:0;border-radius:0}.fix,.lane,.tile,tr,.histogram,.plot{break-inside:avoid}h2,h3,h4{break-after:avoid}main.wrap{gap:2rem}.scroll{overflow:visible}}
@media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
`;
