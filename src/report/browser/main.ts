/** What the page can do with a script: a brush over time that all that has a time follows; sorting, searching, copying, downloading. */
import { brush } from './brush.js';
import { copying, downloading } from './copying.js';
import { searching, sorting } from './tables.js';

document.documentElement.classList.add('script');
sorting();
searching();
copying();
downloading();
brush();

/** A link to a finding brings the keyboard there as well. */
const follow = (): void => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target?.classList.contains('finding')) target.focus({ preventScroll: true });
};
addEventListener('hashchange', follow);
follow();
