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

/** A link to a finding brings the keyboard there as well, and brings it back where a range or a search has put it away. */
const follow = (): void => {
  const target = document.getElementById(location.hash.slice(1));
  if (target === null || !target.classList.contains('finding')) return;
  const away = target.hidden || target.classList.contains('outside');
  const find = document.querySelector<HTMLInputElement>('#find');
  if (target.hidden && find !== null) {
    find.value = '';
    find.dispatchEvent(new Event('input'));
  }
  if (target.classList.contains('outside')) document.querySelector<HTMLElement>('#whole')?.click();
  if (away) target.scrollIntoView();
  target.focus({ preventScroll: true });
};
addEventListener('hashchange', follow);
follow();
