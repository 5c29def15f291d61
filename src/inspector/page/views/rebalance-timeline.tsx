import type { TargetedKeyboardEvent } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { duration } from '../model/format.js';
import type { GroupHistory } from '../model/group-histories.js';
import type { Handover } from '../model/handovers.js';
import type { TopicHistory } from '../model/handovers-tracker.js';
import { letterOf } from '../model/partitions-text.js';
import type { PartitionHistory, PartitionPhase, PartitionSegment } from '../model/partitions.js';
import type { PartitionNow } from '../model/reasons-summary.js';
import type { World } from '../model/world.js';
import type { PageActions } from '../view.js';
import { RebalanceAxis } from './rebalance-axis.js';
import { frameOf, shareOf, type TimeFrame } from './rebalance-frame.js';
import { colourOf, MemberMark } from './rebalance-mark.js';
import './rebalance-timeline.css';

export interface RebalanceTimelineProps {
  readonly world: World;
  readonly history: GroupHistory;
  readonly topic: TopicHistory;
  readonly now: readonly PartitionNow[];
  readonly spanMs: number;
  readonly actions: PageActions;
}

export function RebalanceTimeline(props: RebalanceTimelineProps) {
  const { world, topic, now, spanMs, history, actions } = props;
  const [chosen, choose] = useState<number | undefined>(undefined);
  const board = useRef<HTMLDivElement>(null);
  const frame = frameOf(world.nowMs, spanMs, history.sinceMs);
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLElement>, address: string | undefined) => {
    const step = stepOfKey[event.key];
    if (event.key === 'Enter' && address !== undefined) actions.select(address);
    else if (step !== undefined) {
      const rows = [...(board.current?.querySelectorAll<HTMLElement>('.rb-row') ?? [])];
      rows[rows.indexOf(event.currentTarget) + step]?.focus();
    } else return;
    event.preventDefault();
  };
  return (
    <section class="rb-board" ref={board} aria-label={`Partitions of ${topic.topic}`}>
      <RebalanceAxis frame={frame} history={history} topic={topic.topic} wallAtZeroMs={world.head.wallAtZeroMs} />
      {now.map((one) => (
        <Row
          key={one.partition}
          {...{ one, history, frame, topic }}
          isChosen={one.partition === chosen}
          choose={() => choose(one.partition)}
          onKeyDown={(event) => onKeyDown(event, one.address)}
          open={() => one.address !== undefined && actions.select(one.address)}
        />
      ))}
      <Legend />
    </section>
  );
}

const stepOfKey: Readonly<Record<string, number>> = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };

interface RowProps {
  readonly one: PartitionNow;
  readonly history: GroupHistory;
  readonly topic: TopicHistory;
  readonly frame: TimeFrame;
  readonly isChosen: boolean;
  choose(): void;
  open(): void;
  onKeyDown(event: TargetedKeyboardEvent<HTMLElement>): void;
}

function Row({ one, history, topic, frame, isChosen, choose, open, onKeyDown }: RowProps) {
  const { partition, reason, lag, address } = one;
  const track = topic.partition(partition)!;
  const member = track.current?.member;
  const lagText = lag === undefined ? '' : `, ${lag} messages behind`;
  return (
    <>
      <div
        class={`rb-row ${isChosen ? 'chosen' : ''}`}
        role="button"
        tabIndex={0}
        aria-expanded={isChosen}
        aria-label={`Partition ${partition}${lagText}. ${reason.is} ${reason.next}`}
        onFocus={choose}
        onClick={choose}
        onDblClick={open}
        onKeyDown={onKeyDown}
      >
        <span class="rb-number mono">{partition}</span>
        <span class="rb-owner">
          <MemberMark member={member === undefined ? undefined : history.members.get(member)} />
          <span class={`tone tone-${reason.tone} rb-short`}>{reason.short}</span>
        </span>
        <span class="rb-lag number mono" title="Lag: messages that are not committed yet">
          {lag === undefined ? '' : lag.toLocaleString('en')}
        </span>
        <Track {...{ track, history, topic, frame }} />
      </div>
      {isChosen && (
        <div class="rb-detail">
          <p>
            <strong>{reason.is}</strong> {reason.next}
          </p>
          {reason.command !== undefined && <code class="rb-command">{reason.command}</code>}
          {address !== undefined && (
            <button type="button" class="link" onClick={open}>
              Open the actor of this partition
            </button>
          )}
        </div>
      )}
    </>
  );
}

const phaseWords: Readonly<Record<PartitionPhase, string>> = {
  claiming: 'claims it',
  waiting: 'waits for the claim',
  positioning: 'reads the committed offset',
  setting: 'sets the position',
  reading: 'reads',
  full: 'has as much as it may',
  blocked: 'cannot decode the next batch',
  paused: 'offers nothing, ZooKeeper is silent',
  overdue: 'may have lost the claim, ZooKeeper is silent',
  settling: 'waits for acknowledgements',
  committing: 'commits',
  releasing: 'releases the claim',
  restarting: 'is started again',
  held: 'holds the claim',
};

/** Those that keep nobody from anything are drawn below the others. */
const below = new Set<PartitionPhase>(['waiting', 'claiming', 'overdue']);

interface TrackProps {
  readonly track: PartitionHistory;
  readonly history: GroupHistory;
  readonly topic: TopicHistory;
  readonly frame: TimeFrame;
}

function Track({ track, history, topic, frame }: TrackProps) {
  const shown = track.segments.filter(({ toMs }) => (toMs ?? Infinity) >= frame.fromMs);
  const handovers = topic.handovers.filter(
    ({ partition, toMs, from }) =>
      partition === track.partition && from !== undefined && toMs !== undefined && toMs > frame.fromMs,
  );
  return (
    <span class="rb-track">
      {shown.map((segment) => (
        <Segment key={`${segment.member} ${segment.fromMs} ${segment.phase}`} {...{ segment, history, frame }} />
      ))}
      {handovers.map((handover) => (
        <Change key={`change ${handover.openedAtMs}`} {...{ handover, frame, history }} />
      ))}
    </span>
  );
}

interface SegmentProps {
  readonly segment: PartitionSegment;
  readonly history: GroupHistory;
  readonly frame: TimeFrame;
}

function Segment({ segment, history, frame }: SegmentProps) {
  const { member: id, phase, fromMs, toMs } = segment;
  const member = history.members.get(id);
  const left = shareOf(fromMs, frame);
  const width = shareOf(toMs ?? frame.toMs, frame) - left;
  const tookMs = (toMs ?? frame.toMs) - fromMs;
  const place = below.has(phase) ? 'below' : '';
  return (
    <span
      class={`rb-segment ${place} phase-${phase}`}
      style={{ left: `${left.toFixed(2)}%`, width: `${width.toFixed(2)}%`, '--member': colourOf(member) }}
      title={`${history.members.nameOf(id)} ${phaseWords[phase]}, ${duration(tookMs)}${toMs === undefined ? ' so far' : ''}`}
    >
      {place === '' && width > 3 && (
        <span class="rb-segment-text">
          {member ? letterOf(member.order) : ''}
          {width > 14 && phase !== 'reading' ? ` ${phaseWords[phase]}` : ''}
        </span>
      )}
    </span>
  );
}

interface ChangeProps {
  readonly handover: Handover;
  readonly frame: TimeFrame;
  readonly history: GroupHistory;
}

/** Where a partition went to another member, however short it took. */
function Change({ handover, frame, history }: ChangeProps) {
  const { from, to, cause, fromMs, toMs } = handover;
  const took = duration(toMs! - fromMs);
  const name = (id: string | undefined) => (id === undefined ? 'nobody' : history.members.nameOf(id));
  const left = shareOf(toMs!, frame);
  return (
    <span
      class="rb-change"
      style={{ left: `${left.toFixed(2)}%` }}
      title={`${from === to ? `${name(to)} reads again` : `${name(from)} → ${name(to)}`}, after ${took}: ${cause}`}
    />
  );
}

const legend: readonly (readonly [PartitionPhase, string])[] = [
  ['reading', 'reads'],
  ['held', 'holds the claim (another process)'],
  ['full', 'full'],
  ['blocked', 'cannot decode'],
  ['paused', 'paused'],
  ['settling', 'hands over'],
  ['positioning', 'takes over'],
  ['waiting', 'waits, or may have lost it'],
];

function Legend() {
  return (
    <div class="rb-legend muted" aria-hidden="true">
      {legend.map(([phase, text]) => (
        <span key={phase}>
          <span class={`rb-sample ${below.has(phase) ? 'below' : ''} phase-${phase}`} /> {text}
        </span>
      ))}
      <span>
        <span class="rb-sample rb-sample-change" /> changed hands
      </span>
    </div>
  );
}
