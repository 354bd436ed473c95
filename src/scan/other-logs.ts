/** Lines of the error logs of nginx, Apache and gunicorn, which many set-ups write into the same file as the requests. Asked of lines that fit nothing. */

const decoder = new TextDecoder('latin1');
/** `2026/03/02 10:15:30 [error] 7#7: *12 ...` */
const NGINX = /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[[a-z]{4,6}\] \d+#\d+: /;
/** `[Mon Mar 02 10:15:30.123456 2026] [proxy:error] ...`, older `[Mon Mar 02 10:15:30 2026] [error] ...` */
const APACHE = /^\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)? \d{4}\] \[(?:[\w-]+:)?[a-z\d]*\] /;
/** gunicorn, beside its requests: `[2026-03-02 10:15:30 +0000] [7] [INFO] Booting worker with pid: 7` */
const GUNICORN = /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}\] \[\d+\] \[[A-Z]+\] /;
const LONGEST = 96;

const SLASH = 47;
const SPACE = 32;
const DASH = 45;
const BRACKET = 91;

export function isErrorLog(bytes: Uint8Array, from: number, to: number): boolean {
  // A look at two bytes tells nearly all others apart.
  const nginx = bytes[from + 4] === SLASH && bytes[from + 20] === BRACKET;
  const apache = bytes[from] === BRACKET && bytes[from + 4] === SPACE;
  const gunicorn = bytes[from] === BRACKET && bytes[from + 5] === DASH;
  if (to - from < 24 || !(nginx || apache || gunicorn)) return false;
  return (nginx ? NGINX : apache ? APACHE : GUNICORN).test(decoder.decode(bytes.subarray(from, Math.min(to, from + LONGEST))));
}
