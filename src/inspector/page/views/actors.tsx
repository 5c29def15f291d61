import { counted } from '../model/format.js';
import type { PageStore } from '../store.js';
import type { ViewProps } from '../view.js';
import { ActorPanel } from './actor-panel.js';
import { ActorRows } from './actor-rows.js';
import './actors.css';

/** All actors, and beside them the one that is chosen. */
export function ActorsView({ store, ...props }: ViewProps & { readonly store: PageStore }) {
  const { world } = props;
  if (world.actors.size === 0) {
    return (
      <div class="empty">
        <h2>No actor lives yet</h2>
        <p>
          Here stands every actor of the daemon with its state: sessions, groups, partitions, producers. They come to
          life with the first requests.
        </p>
      </div>
    );
  }
  const { rows, found } = store.tree.rows(world);
  const { search } = store.tree;
  return (
    <div class="actors">
      <section class="actors-list" aria-label="Actors">
        <div class="actors-search">
          <input
            type="search"
            data-search
            placeholder="Search address, kind, state"
            aria-label="Search actors"
            value={search}
            onInput={({ currentTarget }) => {
              store.tree.search = currentTarget.value;
              store.input();
            }}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' && event.key !== 'ArrowDown') return;
              event.preventDefault();
              document.querySelector<HTMLElement>('[data-list]')?.focus();
            }}
          />
          <span class="muted" role="status">
            {search === '' ? counted(found, 'actor') : `${found.toLocaleString('en')} found`}
          </span>
        </div>
        <ActorRows store={store} world={world} rows={rows} />
      </section>
      <ActorPanel store={store} {...props} />
    </div>
  );
}
