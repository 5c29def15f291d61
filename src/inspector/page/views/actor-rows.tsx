import { useEffect } from 'preact/hooks';
import type { TreeRow } from '../model/actor-tree.js';
import { duration, rate } from '../model/format.js';
import type { ActorView } from '../model/picture.js';
import { stateText, toneOf } from '../model/states.js';
import type { World } from '../model/world.js';
import type { PageStore } from '../store.js';
import { RowSpace, showRow, useSeenRows } from './virtual-rows.js';

const rowPx = 26;
/** Rows of a page up or down. */
const pageRows = 20;

interface Props {
  readonly store: PageStore;
  readonly world: World;
  readonly rows: readonly TreeRow[];
}

/** The tree of actors: of thousands, only the rows that are seen are drawn. */
export function ActorRows({ store, world, rows }: Props) {
  const { element, seen } = useSeenRows(rows.length, rowPx);
  const cursor = rows.findIndex(({ node }) => node.key === store.cursor);
  const selectedAt = rows.findIndex(({ node }) => node.key === store.selected);
  useEffect(() => {
    if (selectedAt >= 0) {
      store.cursor = store.selected;
      showRow(element.current, selectedAt, rowPx);
    }
    // Only another choice scrolls, and not rows that come and go.
  }, [store.selected]);

  const moveTo = (at: number): void => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, at))];
    if (!row) return;
    store.cursor = row.node.key;
    showRow(element.current, rows.indexOf(row), rowPx);
    store.input();
  };
  return (
    <div
      ref={element}
      class="rows"
      role="tree"
      aria-label="Actors by address"
      aria-activedescendant={cursor >= 0 ? rowId(cursor) : undefined}
      tabIndex={0}
      data-list
      onFocus={() => cursor < 0 && moveTo(0)}
      onKeyDown={(event) => {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        if (!act(event.key, { store, rows, cursor, moveTo })) return;
        event.preventDefault();
      }}
    >
      <RowSpace count={rows.length} rowPx={rowPx} from={seen.from}>
        {rows.slice(seen.from, seen.to).map((row, at) => (
          <Row
            key={row.node.key}
            id={rowId(seen.from + at)}
            row={row}
            nowMs={world.nowMs}
            isCursor={row.node.key === store.cursor}
            isSelected={row.node.key === store.selected}
            store={store}
          />
        ))}
      </RowSpace>
      {rows.length === 0 && <p class="rows-none muted">No actor fits this search.</p>}
    </div>
  );
}

const rowId = (at: number): string => `actor-row-${at}`;

/** Whether the key meant anything here. */
function act(
  key: string,
  { store, rows, cursor, moveTo }: Omit<Props, 'world'> & { cursor: number; moveTo: (at: number) => void },
): boolean {
  const row = rows[cursor];
  const steps: Record<string, number> = {
    ArrowDown: 1,
    j: 1,
    ArrowUp: -1,
    k: -1,
    PageDown: pageRows,
    PageUp: -pageRows,
  };
  const step = steps[key];
  if (step !== undefined) moveTo(cursor + step);
  else if (key === 'Home') moveTo(0);
  else if (key === 'End') moveTo(rows.length - 1);
  else if (!row) return false;
  else if (key === 'Enter') choose(store, row);
  else if (key === 'ArrowRight') {
    if (row.isOpen) moveTo(row.node.children.length > 0 ? cursor + 1 : cursor);
    else open(store, row, true);
  } else if (key === 'ArrowLeft') {
    if (row.isOpen && row.node.children.length > 0) open(store, row, false);
    else moveTo(rows.findLastIndex(({ level }, at) => at < cursor && level < row.level));
  } else return false;
  return true;
}

function open(store: PageStore, { node }: TreeRow, isOpen: boolean): void {
  store.tree.toggle(node.key, isOpen);
  store.input();
}

function choose(store: PageStore, row: TreeRow): void {
  store.cursor = row.node.key;
  if (row.node.actor) store.choose(row.node.key);
  else open(store, row, !row.isOpen);
}

interface RowProps {
  readonly id: string;
  readonly row: TreeRow;
  readonly nowMs: number;
  readonly isCursor: boolean;
  readonly isSelected: boolean;
  readonly store: PageStore;
}

function Row({ id, row, nowMs, isCursor, isSelected, store }: RowProps) {
  const { node, level, isOpen, place, places } = row;
  const { actor } = node;
  const hasBelow = node.children.length > 0;
  const isGone = actor?.goneAtMs !== undefined;
  return (
    <div
      id={id}
      class={`row ${isCursor ? 'cursor' : ''} ${isSelected ? 'selected' : ''} ${isGone ? 'gone' : ''}`}
      role="treeitem"
      aria-level={level}
      aria-posinset={place}
      aria-setsize={places}
      aria-expanded={hasBelow ? isOpen : undefined}
      aria-selected={isSelected}
      data-address={actor?.address}
      onClick={() => choose(store, row)}
    >
      <span class="row-name" style={{ paddingLeft: `${(level - 1) * 14}px` }}>
        <span
          class={`twist ${hasBelow ? (isOpen ? 'open' : 'closed') : ''}`}
          aria-hidden="true"
          onClick={(event) => {
            if (!hasBelow) return;
            event.stopPropagation();
            open(store, row, !isOpen);
          }}
        />
        <span class="row-label" title={node.key}>
          <span class="muted">{node.lead}</span>
          {node.name}
        </span>
        {hasBelow && <span class="row-below">{node.below.toLocaleString('en')}</span>}
      </span>
      {actor && <RowState actor={actor} nowMs={nowMs} isGone={isGone} />}
    </div>
  );
}

function RowState({
  actor,
  nowMs,
  isGone,
}: {
  readonly actor: ActorView;
  readonly nowMs: number;
  readonly isGone: boolean;
}) {
  const { kind, value, changedAtMs, sample, came, states } = actor;
  const perSecond = came.perSecond(nowMs);
  const waiting = [
    ...(sample.mailboxLength > 0 ? [`${sample.mailboxLength} queued`] : []),
    ...(sample.openAsks > 0 ? [`${sample.openAsks} open`] : []),
    ...(perSecond > 0 ? [`${rate(perSecond)}/s`] : []),
  ];
  // Of one that was there before us nobody knows since when it is in its state.
  const age = `${states.last ? '' : '>'}${duration(nowMs - changedAtMs)}`;
  return (
    <>
      <span class="row-kind muted">{kind}</span>
      <span class={`state tone tone-${isGone ? 'idle' : toneOf(value)}`}>
        {isGone ? `gone (${actor.endedHow ?? 'ended'})` : stateText(value)}
      </span>
      <span class="row-age number muted">{isGone ? '' : age}</span>
      <span class="row-load number muted">{waiting.join(' · ')}</span>
    </>
  );
}
