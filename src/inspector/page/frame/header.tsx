import { useRef } from 'preact/hooks';
import { clockTime, counted, rate } from '../model/format.js';
import type { World } from '../model/world.js';
import type { PageStore } from '../store.js';
import { viewNames } from '../view.js';
import './frame.css';

const titles = { rebalance: 'Rebalance', actors: 'Actors', sequence: 'Sequence', topics: 'Topics' } as const;

export function Header({ store }: { readonly store: PageStore }) {
  return (
    <header class="header">
      <div class="header-row">
        <h1>
          kafka-pixy <span class="muted">inspector</span>
        </h1>
        <Tabs store={store} />
        <div class="header-tools">
          <Badge store={store} />
          <Tools store={store} />
        </div>
      </div>
      {store.world && <Totals store={store} world={store.world} />}
    </header>
  );
}

function Tabs({ store }: { readonly store: PageStore }) {
  const move = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    const next = viewNames[(viewNames.indexOf(store.view) + by + viewNames.length) % viewNames.length]!;
    store.open(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label="Views" onKeyDown={move}>
      {viewNames.map((view, at) => (
        <button
          key={view}
          id={`tab-${view}`}
          role="tab"
          aria-selected={view === store.view}
          aria-controls="view"
          tabIndex={view === store.view ? 0 : -1}
          title={`${titles[view]} (key ${at + 1})`}
          onClick={() => store.open(view)}
        >
          {titles[view]}
        </button>
      ))}
    </div>
  );
}

function Badge({ store }: { readonly store: PageStore }) {
  const { player, connection } = store;
  const [tone, word] = player
    ? player.isPlaying
      ? ['wait', 'Playing']
      : ['wait', 'Paused']
    : connection.state === 'open'
      ? ['ok', 'Live']
      : ['bad', connection.state === 'gone' ? 'No answer' : 'Connecting'];
  return (
    <span class={`badge tone tone-${tone}`} role="status">
      {word}
      {store.world && <time class="badge-time">{clockTime(store.wallMs, false)}</time>}
    </span>
  );
}

function Tools({ store }: { readonly store: PageStore }) {
  const picker = useRef<HTMLInputElement>(null);
  return (
    <>
      {store.isLive ? (
        <button disabled={!store.world} title="Stop the picture and look back (space)" onClick={() => store.pause()}>
          Pause
        </button>
      ) : (
        <button class="primary" onClick={() => store.backToLive()}>
          Back to live
        </button>
      )}
      <button title="Play a recording from a file" onClick={() => picker.current?.click()}>
        Open
      </button>
      <input
        ref={picker}
        type="file"
        accept=".json,application/json"
        hidden
        aria-label="Recording to play"
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          if (file) void store.openFile(file);
          currentTarget.value = '';
        }}
      />
      <button disabled={!store.world} title="Save what this page has seen as a recording" onClick={() => store.save()}>
        Save
      </button>
      <a
        class="button"
        href="/inspect/recording"
        download
        title="Save from the daemon: what its flight recorders hold of every actor"
      >
        Save from the daemon
      </a>
      <button title="All keys (?)" aria-label="All keys" onClick={() => store.toggleHelp()}>
        ?
      </button>
    </>
  );
}

/** `d2` before `d10`, in whatever order they came. */
const byName = (a: { readonly name: string }, b: { readonly name: string }): number =>
  a.name.localeCompare(b.name, 'en', { numeric: true });

function Totals({ store, world }: { readonly store: PageStore; readonly world: World }) {
  const { daemons, product } = world.head;
  return (
    <div class="totals">
      <span class="totals-daemons">
        {[...daemons].sort(byName).map(({ name, memberIds, listens }) => (
          <span class="daemon" key={name}>
            <button
              class="link"
              title="Show this daemon among the actors"
              onClick={() => store.select(name === '' ? '' : `${name}:`)}
            >
              {name === '' ? 'daemon' : name}
            </button>
            {[...new Set(Object.values(memberIds))].map((id) => (
              <span class="mono" key={id} title="Its member id in every group of this cluster">
                {id}
              </span>
            ))}
            {listens.map((address) => (
              <span class="mono muted" key={address}>
                {address}
              </span>
            ))}
          </span>
        ))}
      </span>
      <span class="totals-numbers muted">
        <span>{counted(world.living, 'actor')}</span>
        <span>{rate(world.came.perSecond(world.nowMs))} events/s</span>
        <span title={store.player ? store.player.playback.recording.source : undefined}>{product}</span>
      </span>
    </div>
  );
}
