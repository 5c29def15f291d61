import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { clockTime } from '../model/format.js';
import { outside, sequenceOf, type Sequence, type SequenceRow } from '../model/sequence.js';
import { toneOf } from '../model/states.js';
import type { World } from '../model/world.js';
import type { ViewProps } from '../view.js';
import './sequence.css';
import { RowSpace, showRow, useSeenRows } from './virtual-rows.js';

const rowPx = 24;
/** Of an actor that is narrower than this its arrows cannot be read. */
const laneMinPx = 104;
const timePx = 96;
/** The names of the actors, which stay above the rows. */
const headPx = 40;
/** So near to the end somebody wants to see what comes next. */
const followPx = 40;

/** Who said what to whom, in the order of time, newest at the bottom. */
export function SequenceView({ world, version, selected, group, actions }: ViewProps) {
  const [text, setText] = useState('');
  const [topic, setTopic] = useState<string>();
  // While somebody looks at what was, nothing moves away under them.
  const [isFollowing, setFollowing] = useState(true);
  const stopped = useRef<{ world: World; sequence: Sequence; key: string } | undefined>(undefined);
  const key = `${text}\n${topic ?? ''}\n${group ?? ''}`;
  const sequence = useMemo(() => {
    const last = stopped.current;
    if (!isFollowing && last?.world === world && last.key === key) return last.sequence;
    const made = sequenceOf(world.sequence.items, { text, group, topic });
    stopped.current = { world, sequence: made, key };
    return made;
  }, [world, version, isFollowing, key]);
  const choices = useChoices(world);
  return (
    <div class="sequence">
      <div class="sequence-filter">
        <input
          type="search"
          data-search
          placeholder="Search address or event"
          aria-label="Search the sequence"
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
        <Choice
          label="Group"
          value={group}
          options={choices.groups}
          onChange={(chosen) => actions.chooseGroup(chosen)}
        />
        <Choice label="Topic" value={topic} options={choices.topics} onChange={setTopic} />
        {sequence.leftOut > 0 && (
          <span class="muted">
            The {sequence.lanes.length} busiest are shown; {sequence.leftOut} others are left out.
          </span>
        )}
        {!isFollowing && (
          <button class="primary" onClick={() => setFollowing(true)}>
            To the newest
          </button>
        )}
      </div>
      {sequence.rows.length === 0 ? (
        <Nothing isFiltered={text !== '' || topic !== undefined || group !== undefined} world={world} />
      ) : (
        <Lanes
          sequence={sequence}
          wallAtZeroMs={world.head.wallAtZeroMs}
          selected={selected}
          isFollowing={isFollowing}
          onFollowing={setFollowing}
          onSelect={(address) => actions.select(address)}
        />
      )}
    </div>
  );
}

function Nothing({ isFiltered, world }: { readonly isFiltered: boolean; readonly world: World }) {
  const address = world.head.daemons.flatMap(({ listens }) => listens)[0] ?? '127.0.0.1:19092';
  return (
    <div class="empty">
      <h2>{isFiltered ? 'Nothing fits this filter' : 'Nobody said anything yet'}</h2>
      <p>
        {isFiltered
          ? 'Only what happened lately is searched. Take words away, or choose all groups and all topics.'
          : 'Here stands who sends what to whom: events between actors, requests from outside and how they ended. Write a message to see some:'}
      </p>
      {!isFiltered && <pre>{`curl -d hello http://${address}/topics/my-topic/messages?sync`}</pre>}
    </div>
  );
}

/** Groups and topics of those who live. */
function useChoices(world: World): { readonly groups: readonly string[]; readonly topics: readonly string[] } {
  return useMemo(() => {
    const groups = new Set<string>();
    const topics = new Set<string>();
    for (const { place } of world.actors.values()) {
      if (place.group !== undefined) groups.add(`${place.cluster}/${place.group}`);
      if (place.topic !== undefined) topics.add(place.topic);
    }
    return { groups: [...groups].sort(), topics: [...topics].sort() };
  }, [world, world.treeVersion]);
}

function Choice(props: {
  readonly label: string;
  readonly value: string | undefined;
  readonly options: readonly string[];
  readonly onChange: (chosen: string | undefined) => void;
}) {
  const { label, value, options, onChange } = props;
  const all = value !== undefined && !options.includes(value) ? [value, ...options] : options;
  return (
    <select
      aria-label={label}
      value={value ?? ''}
      onChange={({ currentTarget }) => onChange(currentTarget.value === '' ? undefined : currentTarget.value)}
    >
      <option value="">All {label.toLowerCase()}s</option>
      {all.map((option) => (
        <option key={option} value={option}>
          {option}
        </option>
      ))}
    </select>
  );
}

interface LanesProps {
  readonly sequence: Sequence;
  readonly wallAtZeroMs: number;
  readonly selected: string | undefined;
  readonly isFollowing: boolean;
  readonly onFollowing: (isFollowing: boolean) => void;
  readonly onSelect: (address: string) => void;
}

function Lanes({ sequence, wallAtZeroMs, selected, isFollowing, onFollowing, onSelect }: LanesProps) {
  const { lanes, rows } = sequence;
  const { element, seen } = useSeenRows(rows.length, rowPx);
  const [cursor, setCursor] = useState(-1);
  const laneAt = new Map(lanes.map((address, at) => [address, at]));
  useLayoutEffect(() => {
    const scroller = element.current;
    if (isFollowing && scroller) scroller.scrollTop = scroller.scrollHeight;
  }, [sequence, isFollowing]);
  const moveTo = (at: number): void => {
    const to = Math.max(0, Math.min(rows.length - 1, at));
    if (to < rows.length - 1) onFollowing(false);
    setCursor(to);
    showRow(element.current, to, rowPx, headPx);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = cursor < 0 ? rows.length - 1 : cursor;
    const steps: Record<string, number> = { ArrowDown: at + 1, j: at + 1, ArrowUp: at - 1, k: at - 1, Home: 0 };
    const to = steps[event.key];
    if (to !== undefined) moveTo(to);
    else if (event.key === 'End') {
      onFollowing(true);
      setCursor(rows.length - 1);
    } else if (event.key === 'Enter' && rows[cursor]) onSelect(actorOf(rows[cursor]));
    else return;
    event.preventDefault();
  };
  const style = { minWidth: `${timePx + lanes.length * laneMinPx}px` };
  return (
    <div
      ref={element}
      class="lanes"
      role="list"
      aria-label="Sequence, newest last"
      tabIndex={0}
      data-list
      onKeyDown={onKeyDown}
      onScroll={({ currentTarget }) => {
        const left = currentTarget.scrollHeight - currentTarget.scrollTop - currentTarget.clientHeight;
        if (isFollowing && left > followPx) onFollowing(false);
      }}
    >
      <div class="lanes-heads" role="presentation" style={style}>
        <span />
        {lanes.map((address) => (
          <LaneHead key={address} address={address} isSelected={address === selected} onSelect={onSelect} />
        ))}
      </div>
      <div class="lanes-body" role="presentation" style={style}>
        <div class="lanes-lines" aria-hidden="true">
          {lanes.map((address) => (
            <i key={address} />
          ))}
        </div>
        <RowSpace count={rows.length} rowPx={rowPx} from={seen.from}>
          {rows.slice(seen.from, seen.to).map((row, at) => (
            <Row
              key={seen.from + at}
              row={row}
              before={rows[seen.from + at - 1]}
              wallAtZeroMs={wallAtZeroMs}
              from={laneAt.get(row.from)!}
              to={laneAt.get(row.to)!}
              lanes={lanes.length}
              isCursor={seen.from + at === cursor}
              onSelect={onSelect}
            />
          ))}
        </RowSpace>
      </div>
    </div>
  );
}

const actorOf = ({ from, to }: SequenceRow): string => (to === outside ? from : to);

/** The last names are the telling ones; the whole address is in the title. */
function LaneHead(props: {
  readonly address: string;
  readonly isSelected: boolean;
  readonly onSelect: (address: string) => void;
}) {
  const { address, isSelected, onSelect } = props;
  if (address === outside) return <span class="lane-head muted">outside</span>;
  const [, daemon = '', path = ''] = /^([^:/]*:)?(.*)$/s.exec(address) ?? [];
  const names = path.split('/');
  const last = names.slice(-2).join('/');
  const before = `${daemon}${names.slice(0, -2).join('/')}`;
  return (
    <button class={`lane-head link ${isSelected ? 'selected' : ''}`} title={address} onClick={() => onSelect(address)}>
      <span class="muted">{before || '\u00a0'}</span>
      <span>{last || daemon || 'daemon'}</span>
    </button>
  );
}

interface RowProps {
  readonly row: SequenceRow;
  readonly before: SequenceRow | undefined;
  readonly wallAtZeroMs: number;
  readonly from: number;
  readonly to: number;
  readonly lanes: number;
  readonly isCursor: boolean;
  readonly onSelect: (address: string) => void;
}

function Row({ row, before, wallAtZeroMs, from, to, lanes, isCursor, onSelect }: RowProps) {
  const time = clockTime(wallAtZeroMs + row.atMs);
  const isNew = before?.atMs !== row.atMs;
  const text = row.times > 1 ? `${row.text} ×${row.times}` : row.text;
  return (
    <div
      class={`message ${isCursor ? 'cursor' : ''}`}
      role="listitem"
      aria-label={`${time}: ${inWords(row, text)}`}
      title={inWords(row, text)}
      onClick={() => onSelect(actorOf(row))}
    >
      <time class={isNew ? 'muted' : 'same'}>{isNew ? time : '·'}</time>
      <span class="message-lanes">
        {from === to ? (
          <Mark row={row} at={from} lanes={lanes} text={text} />
        ) : (
          <Arrow row={row} from={from} to={to} lanes={lanes} text={text} />
        )}
      </span>
    </div>
  );
}

function inWords({ type, from, to }: SequenceRow, text: string): string {
  switch (type) {
    case 'event':
      return from === to ? `${to} tells itself ${text}` : `${from} tells ${to}: ${text}`;
    case 'ask':
      return `${from} asks ${to}: ${text}`;
    case 'outcome':
      return `${from} answers ${to}: ${text}`;
    case 'state':
      return `${to} is ${text}`;
    case 'end':
      return `${to} ends: ${text}`;
  }
}

/** Of the width of all lanes, where the middle of one is. */
const middle = (at: number, lanes: number): number => ((at + 0.5) * 100) / lanes;

function Arrow(props: { row: SequenceRow; from: number; to: number; lanes: number; text: string }) {
  const { row, from, to, lanes, text } = props;
  const left = middle(Math.min(from, to), lanes);
  const width = (Math.abs(to - from) * 100) / lanes;
  const direction = to > from ? 'right' : 'left';
  return (
    <span
      class={`arrow ${row.type} ${direction} ${row.isBad ? 'bad' : ''}`}
      style={{ left: `${left}%`, width: `${width}%` }}
    >
      <span class="arrow-text">{text}</span>
    </span>
  );
}

function Mark({ row, at, lanes, text }: { row: SequenceRow; at: number; lanes: number; text: string }) {
  const tone = row.type === 'state' ? toneOf(row.value) : row.isBad ? 'bad' : 'idle';
  // The last lane has no room at its right.
  const isLast = at === lanes - 1 && lanes > 1;
  return (
    <span
      class={`mark mark-${row.type} tone tone-${tone} ${isLast ? 'last' : ''}`}
      style={isLast ? { right: `${100 - middle(at, lanes)}%` } : { left: `${middle(at, lanes)}%` }}
    >
      <span class={row.type === 'state' ? `state tone tone-${tone}` : ''}>
        {row.type === 'event' ? `↻ ${text}` : text}
      </span>
    </span>
  );
}
