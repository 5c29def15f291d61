import { counted } from '../model/format.js';
import type { GroupHistory } from '../model/group-histories.js';
import type { GroupMembers } from '../model/group-members.js';
import type { TopicHistory } from '../model/handovers-tracker.js';
import { ackedRanges } from '../model/partitions-gaps.js';
import { numberOf, textOf } from '../model/reasons-facts.js';
import { partitionsNow, type PartitionNow } from '../model/reasons-summary.js';
import type { ActorView } from '../model/picture.js';
import type { World } from '../model/world.js';
import type { PageActions } from '../view.js';
import { MemberName } from './rebalance-mark.js';
import { SortedTable, type Column } from './topics-table.js';

export interface TopicsConsumeProps {
  readonly world: World;
  readonly history: GroupHistory;
  readonly topic: TopicHistory;
  readonly actions: PageActions;
}

interface Row extends PartitionNow {
  readonly owner: ActorView | undefined;
  readonly lags: readonly number[];
}

/** One topic that a group consumes, partition by partition. */
export function TopicsConsume({ world, history, topic, actions }: TopicsConsumeProps) {
  const { cluster, group } = history;
  const place = { cluster, group, topic: topic.topic };
  const rows = partitionsNow(world, topic, place).map((now): Row => {
    const owner = now.address === undefined ? undefined : world.actors.get(now.address);
    return { ...now, owner, lags: topic.partition(now.partition)?.lags.items ?? [] };
  });
  if (rows.length === 0) return null;
  const known = rows.flatMap(({ lag }) => (lag === undefined ? [] : [lag]));
  const lag = known.reduce((sum, one) => sum + one, 0);
  return (
    <section class="tp-topic">
      <h2>
        {topic.topic} <span class="muted">consumed by group</span> {group}
        <span class="muted tp-sum">
          {counted(rows.length, 'partition')}
          {known.length > 0 && `, ${counted(lag, 'message')} behind`}
        </span>
      </h2>
      <SortedTable
        label={`${topic.topic} consumed by ${group}`}
        columns={columnsFor(history)}
        rows={rows}
        keyOf={({ partition }) => String(partition)}
        open={({ address }) => address !== undefined && actions.select(address)}
      />
    </section>
  );
}

function Member({ id, members }: { readonly id: string | undefined; readonly members: GroupMembers }) {
  if (id === undefined) return <span class="muted">nobody</span>;
  return <MemberName id={id} members={members} />;
}

const columnsFor = ({ members }: GroupHistory): Column<Row>[] => [
  { title: 'Partition', value: ({ partition }) => partition },
  {
    title: 'Member',
    value: ({ reason }) => reason.holder ?? reason.member,
    show: ({ reason: { holder, member } }) => <Member id={holder ?? member} members={members} />,
  },
  {
    title: 'State',
    value: ({ reason }) => reason.short,
    show: ({ reason }) => (
      <span class={`tone tone-${reason.tone}`} title={`${reason.is} ${reason.next}`}>
        {reason.short}
      </span>
    ),
  },
  {
    title: 'Lag',
    hint: 'Messages between what is committed and the end of the log',
    value: ({ lag }) => lag,
    show: ({ lag, lags }) => (
      <span class="tp-lag">
        <Sparkline values={lags} />
        <span>{lag === undefined ? '–' : lag.toLocaleString('en')}</span>
      </span>
    ),
  },
  {
    title: 'Committed',
    hint: 'Offset of the next message to be consumed',
    value: ({ owner }) => numberOf(owner, 'committed'),
  },
  { title: 'End', hint: 'Offset of the next message to be written', value: ({ owner }) => numberOf(owner, 'end') },
  {
    title: 'Ready',
    hint: 'Messages that were read and not offered yet',
    value: ({ owner }) => numberOf(owner, 'buffered'),
  },
  {
    title: 'Offered',
    hint: 'Messages that were offered and are not acknowledged',
    value: ({ owner }) => numberOf(owner, 'offered'),
  },
  {
    title: 'Acknowledged beyond',
    hint: 'Above the commit position, with what is still out in between',
    value: ({ owner }) => textOf(owner, 'gaps'),
    show: ({ owner }) => <Gaps owner={owner} />,
  },
  {
    title: 'Redelivered',
    hint: 'Messages that were offered again',
    value: ({ owner }) => numberOf(owner, 'redelivered'),
  },
  { title: 'Leader', hint: 'Broker that leads the partition', value: ({ owner }) => numberOf(owner, 'leader') },
];

const stripWidth = 110;

/** From the commit position to the last offset that is acknowledged: filled is acknowledged, the rest is waited for. */
function Gaps({ owner }: { readonly owner: ActorView | undefined }) {
  const text = textOf(owner, 'gaps');
  const committed = numberOf(owner, 'committed');
  const ranges = ackedRanges(text);
  const last = ranges.at(-1);
  if (!last || committed === undefined) return null;
  const scale = stripWidth / Math.max(1, last.to + 1 - committed);
  return (
    <svg class="tp-gaps" width={stripWidth} height="10" role="img" aria-label={`Acknowledged: ${text}`}>
      <title>{`Committed ${committed}; acknowledged beyond: ${text}`}</title>
      <rect width={stripWidth} height="10" class="tp-out" />
      {ranges.map(({ from, to }) => (
        <rect
          key={from}
          x={(from - committed) * scale}
          width={Math.max(1.5, (to + 1 - from) * scale)}
          height="10"
          class="tp-acked"
        />
      ))}
    </svg>
  );
}

function Sparkline({ values }: { readonly values: readonly number[] }) {
  if (values.length < 2) return null;
  const top = Math.max(1, ...values);
  const points = values.map((value, index) => {
    const x = (index / (values.length - 1)) * 60;
    return `${x.toFixed(1)},${(13 - (value / top) * 12).toFixed(1)}`;
  });
  return (
    <svg class="tp-spark" width="60" height="14" aria-hidden="true">
      <polyline points={points.join(' ')} />
    </svg>
  );
}
