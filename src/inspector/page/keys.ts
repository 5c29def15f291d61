import type { PageStore } from './store.js';
import { viewNames } from './view.js';

/** What every key does, for the help. */
export const keyHelp: readonly (readonly [keys: string, what: string])[] = [
  ['1 – 4', 'Rebalance, Actors, Sequence, Topics'],
  ['/', 'Search; Escape leaves the search'],
  ['↑ ↓ or k j', 'Previous, next line'],
  ['← →', 'Close, open what is below an actor'],
  ['Enter', 'Show the actor of this line'],
  ['Space', 'Pause; play; back to live from the end'],
  [', .', 'Playing: to the remark before, to the next remark'],
  ['[ ]', 'Playing: to the state before, to the next state of the chosen actor'],
  ['+ − 0 f', 'Statechart: nearer, farther, all of it, follow the active states'],
  ['l', 'Log of remarks'],
  ['n', 'Next step, where something leads through steps'],
  ['?', 'These keys'],
];

/** Keys that work everywhere on the page but where somebody writes. */
export function onKey(event: KeyboardEvent, store: PageStore): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const target = event.target as HTMLElement | null;
  if (event.key === 'Escape') return escape(store, target);
  if (isWriting(target)) return;
  const isTab = target?.role === 'tab';
  // A button that has the focus is pressed by the space bar; a tab has been already, by getting it.
  if (event.key === ' ' && !isTab && target?.closest('button, a, summary, input')) return;
  if (listKeys.has(event.key) && (isTab || target === document.body)) return intoList(event);
  const act = actionOf(event.key, store);
  if (!act) return;
  event.preventDefault();
  act();
}

function actionOf(key: string, store: PageStore): (() => void) | undefined {
  const view = viewNames[Number(key) - 1];
  if (view) return () => store.open(view);
  switch (key) {
    case '/':
      return focusSearch;
    case ' ':
      return () => store.toggle();
    case ',':
      return () => store.step('remark', true);
    case '.':
      return () => store.step('remark', false);
    case '[':
      return () => store.step('state', true);
    case ']':
      return () => store.step('state', false);
    case 'n':
      return () => store.send({ type: 'next' });
    case 'l':
      return () => store.toggleLog();
    case '?':
      return () => store.toggleHelp();
  }
  return undefined;
}

const listKeys = new Set(['ArrowDown', 'ArrowUp', 'j', 'k']);

/** Nobody has the focus yet: the list of this view gets it, and the key. */
function intoList(event: KeyboardEvent): void {
  const list = document.querySelector<HTMLElement>('main [data-list]');
  if (!list) return;
  event.preventDefault();
  list.focus();
}

function escape(store: PageStore, target: HTMLElement | null): void {
  if (store.isHelpOpen) return store.toggleHelp();
  if (isWriting(target)) return target?.blur();
  if (store.isLogOpen) return store.toggleLog();
}

const isWriting = (target: HTMLElement | null): boolean =>
  target?.closest('input:not([type=range]):not([type=checkbox]), textarea, select') != null;

function focusSearch(): void {
  const search = document.querySelector<HTMLInputElement>('main [data-search]');
  search?.focus();
  search?.select();
}
