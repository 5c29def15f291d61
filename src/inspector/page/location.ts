import { viewNames, type ViewName } from './view.js';

/** What the hash of the location keeps, so that a reload and a link show the same. */
export interface PagePlace {
  readonly view: ViewName;
  readonly selected: string | undefined;
  readonly group: string | undefined;
}

/** `#actors?actor=default/group/g1&group=default/g1` */
export function readPlace(): PagePlace {
  const [name = '', query = ''] = window.location.hash.slice(1).split('?');
  const params = new URLSearchParams(query);
  return {
    view: viewNames.find((view) => view === name) ?? 'rebalance',
    selected: params.get('actor') ?? undefined,
    group: params.get('group') ?? undefined,
  };
}

export function writePlace({ view, selected, group }: PagePlace): void {
  const params = new URLSearchParams();
  if (selected !== undefined) params.set('actor', selected);
  if (group !== undefined) params.set('group', group);
  const query = params.toString();
  const hash = `#${view}${query === '' ? '' : `?${query}`}`;
  if (hash !== window.location.hash) window.history.replaceState(null, '', hash);
}
