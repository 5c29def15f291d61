import type { PageStore } from '../store.js';
import type { ViewProps } from '../view.js';

export function ActorsView(_props: ViewProps & { readonly store: PageStore }) {
  return <div class="empty">Nothing is shown yet.</div>;
}
