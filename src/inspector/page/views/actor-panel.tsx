import type { ComponentChildren } from 'preact';
import { clockTime, counted, duration, rate } from '../model/format.js';
import type { ActorView, SequenceRecord } from '../model/picture.js';
import { stateText, toneOf } from '../model/states.js';
import type { World } from '../model/world.js';
import type { PageStore } from '../store.js';
import type { ViewProps } from '../view.js';
import { JsonTree } from './json-tree.js';
import { Statechart } from './statechart.js';

/** Children that are listed. */
const childrenShownMax = 40;
/** States and messages that are listed. */
const linesMax = 50;

type Props = ViewProps & { readonly store: PageStore };

export function ActorPanel({ store, ...props }: Props) {
  const { world, selected } = props;
  const actor = selected === undefined ? undefined : world.actors.get(selected);
  if (!actor) {
    return (
      <section class="actor-panel" aria-label="Chosen actor">
        <div class="empty">
          <h2>{selected === undefined ? 'No actor is chosen' : 'This actor is gone'}</h2>
          <p>
            {selected === undefined
              ? 'Choose one from the list: its statechart with the states that hold now, what it went through, what came to it and what it holds are shown here.'
              : `${selected || 'The daemon'} does not live at this moment, and nothing is known of it.`}
          </p>
        </div>
      </section>
    );
  }
  return (
    <section class="actor-panel" aria-label={`Actor ${actor.address}`}>
      <Head actor={actor} world={world} store={store} />
      <Statechart key={actor.kind} actor={actor} nowMs={world.nowMs} />
      <div class="actor-parts">
        <Part title="States" note="newest first">
          <States actor={actor} world={world} />
        </Part>
        <Part title="Came to it" note="newest first">
          <Messages actor={actor} world={world} store={store} />
        </Part>
        <Part title="Numbers">
          <Numbers actor={actor} world={world} />
        </Part>
        <Part title="Context">
          <Context store={store} />
        </Part>
      </div>
    </section>
  );
}

function Part(props: { readonly title: string; readonly note?: string; readonly children: ComponentChildren }) {
  return (
    <section class="part">
      <h2>
        {props.title} {props.note && <span class="muted">{props.note}</span>}
      </h2>
      {props.children}
    </section>
  );
}

function Head({
  actor,
  world,
  store,
}: {
  readonly actor: ActorView;
  readonly world: World;
  readonly store: PageStore;
}) {
  const { address, kind, value, tags, incarnation, restarts, startedAtMs, changedAtMs, goneAtMs } = actor;
  const children = [...world.actors.values()].filter(
    ({ parent, goneAtMs: gone }) => parent === address && gone === undefined,
  );
  return (
    <div class="actor-head">
      <div class="actor-title">
        <h2 class="mono">{address || 'daemon'}</h2>
        <span class={`state pill tone tone-${goneAtMs === undefined ? toneOf(value) : 'idle'}`}>
          {goneAtMs === undefined ? stateText(value) || 'state not known' : `gone (${actor.endedHow ?? 'ended'})`}
        </span>
        <span class="muted">
          {actor.states.last ? 'for' : 'for at least'} {duration((goneAtMs ?? world.nowMs) - changedAtMs)}
        </span>
      </div>
      <div class="actor-facts muted">
        <span>{kind}</span>
        <span>
          incarnation {incarnation}
          {restarts > 0 && `, ${counted(restarts, 'restart')}`}
        </span>
        <span>started {clockTime(world.head.wallAtZeroMs + startedAtMs, false)}</span>
        {tags.length > 0 && <span>tags {tags.join(', ')}</span>}
      </div>
      <nav class="actor-kin" aria-label="Parent and children">
        {actor.parent !== undefined && (
          <span>
            <span class="muted">parent </span>
            <Address address={actor.parent} store={store} />
          </span>
        )}
        {children.length > 0 && (
          <span>
            <span class="muted">{counted(children.length, 'child').replace('childs', 'children')} </span>
            {children.slice(0, childrenShownMax).map((child) => (
              <Address key={child.address} address={child.address} below={address} store={store} />
            ))}
            {children.length > childrenShownMax && (
              <span class="muted">and {children.length - childrenShownMax} more</span>
            )}
          </span>
        )}
      </nav>
    </div>
  );
}

/** `below`: this beginning is left out. */
function Address(props: { readonly address: string; readonly below?: string; readonly store: PageStore }) {
  const { address, below, store } = props;
  const isBelow = below !== undefined && address.startsWith(below);
  const text = isBelow ? address.slice(below.length).replace(/^\//, '') : address;
  return (
    <button class="link mono" title={address} onClick={() => store.choose(address)}>
      {text || 'daemon'}
    </button>
  );
}

function States({ actor, world }: { readonly actor: ActorView; readonly world: World }) {
  const entries = actor.states.items;
  if (entries.length === 0) return <p class="muted">It has not changed since this page looks.</p>;
  const lines = entries.slice(-linesMax);
  return (
    <ol class="lines">
      {lines
        .map((entry, at) => {
          const untilMs = lines[at + 1]?.atMs ?? actor.goneAtMs ?? world.nowMs;
          return (
            <li key={entries.length - lines.length + at} title={entry.taken.join('\n')}>
              <time class="muted">{clockTime(world.head.wallAtZeroMs + entry.atMs)}</time>
              <span class="line-by muted">{shortEvent(entry.by)}</span>
              <span class={`state tone tone-${toneOf(entry.value)}`}>{stateText(entry.value)}</span>
              <span class="number muted">{duration(untilMs - entry.atMs)}</span>
            </li>
          );
        })
        .toReversed()}
    </ol>
  );
}

/** XState's names for its own events, in words: `xstate.done.actor.0.partition-owner.claiming` is `done claiming`. */
function shortEvent(name: string): string {
  if (name === 'xstate.init') return 'start';
  const own = /^xstate\.(?<what>done|error|after)\.(?<rest>.*)$/.exec(name)?.groups;
  if (!own) return name;
  const { what = '', rest = '' } = own;
  return `${what} ${what === 'after' ? rest.split('.')[0] : rest.slice(rest.lastIndexOf('.') + 1)}`;
}

function Messages({
  actor,
  world,
  store,
}: {
  readonly actor: ActorView;
  readonly world: World;
  readonly store: PageStore;
}) {
  const lines: Extract<SequenceRecord, { type: 'event' | 'ask' | 'outcome' }>[] = [];
  const records = world.sequence.items;
  for (let at = records.length - 1; at >= 0 && lines.length < linesMax; at--) {
    const record = records[at]!;
    if (record.address === actor.address && record.type !== 'state' && record.type !== 'end') lines.push(record);
  }
  if (lines.length === 0) return <p class="muted">Nothing came to it lately.</p>;
  return (
    <ol class="lines">
      {lines.map((record, at) => (
        <li key={at}>
          <time class="muted">{clockTime(world.head.wallAtZeroMs + record.atMs)}</time>
          <span class="line-by">
            {record.type === 'outcome' ? `${record.name}: ${record.outcome}` : record.name}
            {record.times > 1 && <span class="muted"> ×{record.times}</span>}
          </span>
          {record.type !== 'outcome' &&
            (record.from === undefined ? (
              <span class="muted">from outside</span>
            ) : record.from === actor.address ? (
              <span class="muted">from itself</span>
            ) : (
              <Address address={record.from} store={store} />
            ))}
        </li>
      ))}
    </ol>
  );
}

function Numbers({ actor, world }: { readonly actor: ActorView; readonly world: World }) {
  const { mailboxLength, openAsks, load } = actor.sample;
  const numbers = { queued: mailboxLength, 'open requests': openAsks, ...load };
  return (
    <dl class="numbers">
      <div>
        <dt>events a second</dt>
        <dd>{rate(actor.came.perSecond(world.nowMs))}</dd>
      </div>
      {Object.entries(numbers).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{typeof value === 'number' ? value.toLocaleString('en') : String(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

function Context({ store }: { readonly store: PageStore }) {
  const { looked, isLive } = store;
  if (!isLive) return <p class="muted">A recording holds no context. It is shown live.</p>;
  return (
    <>
      <label class="reveal">
        <input
          type="checkbox"
          checked={store.isRevealed}
          onChange={({ currentTarget }) => store.reveal(currentTarget.checked)}
        />
        Show payloads and keys of messages on this page
      </label>
      {looked?.context === undefined ? (
        <p class="muted">{looked ? 'It is gone.' : 'Asked for, and not answered yet.'}</p>
      ) : (
        <JsonTree value={looked.context} />
      )}
    </>
  );
}
