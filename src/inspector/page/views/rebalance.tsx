import { useEffect, useState } from 'preact/hooks';
import type { GroupHistory } from '../model/group-histories.js';
import type { TopicHistory } from '../model/handovers-tracker.js';
import { curlFor } from '../model/reasons-facts.js';
import { partitionsNow, reasonLines } from '../model/reasons-summary.js';
import { whyNotConsumed } from '../model/reasons.js';
import type { World } from '../model/world.js';
import type { ViewProps } from '../view.js';
import { RebalanceHandovers } from './rebalance-handovers.js';
import { RebalanceMembers } from './rebalance-members.js';
import { RebalanceNow } from './rebalance-now.js';
import { RebalancePicker, splitGroup } from './rebalance-picker.js';
import { RebalanceTimeline } from './rebalance-timeline.js';
import './rebalance.css';

const defaultSpanMs = 120_000;

/** Who has which partition of a topic, how that came about, and why a partition is not consumed. */
export function RebalanceView(props: ViewProps) {
  const { world, isLive, answers, actions } = props;
  const [spanMs, setSpanMs] = useState(defaultSpanMs);
  const [topicName, setTopicName] = useState<string | undefined>(undefined);
  const chosen = props.group ?? liveliestGroup(world);
  const place = chosen === undefined ? undefined : splitGroup(chosen);
  const clusters = clustersOf(world).join('\n');
  const listGroups = () => {
    for (const cluster of clusters.split('\n')) if (cluster !== '') actions.send({ type: 'list-groups', cluster });
  };
  useEffect(listGroups, [clusters, isLive]);
  useEffect(() => {
    actions.send({ type: 'watch-group', group: place ?? null });
  }, [chosen, isLive]);
  const history = place && world.groups.of(place.cluster, place.group);
  const topics = history ? topicsOf(history) : [];
  const topic = topics.find((name) => name === topicName) ?? liveliestTopic(history) ?? topics[0];
  return (
    <div class="rebalance">
      <RebalancePicker
        {...{ world, answers, chosen, topics, topic, spanMs, setSpanMs }}
        listGroups={listGroups}
        chooseGroup={(group) => actions.chooseGroup(group)}
        chooseTopic={setTopicName}
      />
      {chosen !== undefined && answers.unreadable.has(chosen) && (
        <p class="rb-notice tone tone-bad">
          The group cannot be read from ZooKeeper: {answers.unreadable.get(chosen)} What members of other processes do
          is not shown until it can.
        </p>
      )}
      {chosen !== undefined && world.readings.get(chosen)?.picture.truncated === true && (
        <p class="rb-notice tone tone-wait">
          This group has more members, topics or claims than are read from ZooKeeper; those that come last by name are
          not shown.
        </p>
      )}
      {history && topic !== undefined ? (
        <RebalanceGroup {...props} history={history} topicName={topic} spanMs={spanMs} />
      ) : (
        <NothingYet world={world} group={place?.group} />
      )}
    </div>
  );
}

interface GroupProps extends ViewProps {
  readonly history: GroupHistory;
  readonly topicName: string;
  readonly spanMs: number;
}

function RebalanceGroup({ world, history, topicName, spanMs, actions }: GroupProps) {
  const { cluster, group } = history;
  const topic = history.topic(topicName);
  const place = { cluster, group, topic: topicName };
  if (!topic || topic.partitions.length === 0)
    return (
      <>
        <RebalanceNow lines={[{ partitions: [], reason: whyOf(world, place) }]} history={history} />
        <RebalanceMembers {...{ world, history, topic, actions }} />
        <div class="empty">
          <h2>Nobody has claimed a partition of {topicName} yet</h2>
          <p>They are shown here from the first claim on.</p>
        </div>
      </>
    );
  const now = partitionsNow(world, topic, place);
  return (
    <>
      <RebalanceNow lines={reasonLines(now)} history={history} />
      <RebalanceMembers {...{ world, history, topic, actions }} />
      <RebalanceTimeline {...{ world, history, topic, now, spanMs, actions }} />
      <RebalanceHandovers {...{ world, history, topic }} />
    </>
  );
}

/** Of a topic without a partition that somebody ever had; nothing is known of any one of them. */
const whyOf = (world: World, place: { readonly cluster: string; readonly group: string; readonly topic: string }) =>
  whyNotConsumed(world, { ...place, partition: 0 });

function NothingYet({ world, group }: { readonly world: World; readonly group: string | undefined }) {
  const cluster = clustersOf(world)[0] ?? 'default';
  const place = { cluster, group: group ?? 'my-group', topic: 'my-topic' };
  return (
    <div class="empty">
      <h2>{group === undefined ? 'No consumer group yet' : `Nobody consumes in ${group}`}</h2>
      <p>
        This view shows how the partitions of a topic are shared among the members of a group, and how they go from one
        member to another. Ask for a message, and this daemon joins a group:
      </p>
      <pre>{curlFor(world.head, place)}</pre>
    </div>
  );
}

export const clustersOf = ({ head }: World): string[] => [
  ...new Set(head.daemons.flatMap(({ memberIds }) => Object.keys(memberIds))),
];

function topicsOf(history: GroupHistory): string[] {
  const names = new Set(history.topics.map(({ topic }) => topic));
  for (const { isPresent, topics } of history.members.all) if (isPresent) for (const topic of topics) names.add(topic);
  return [...names].sort();
}

function liveliestGroup({ groups }: World): string | undefined {
  let first: string | undefined;
  for (const { cluster, group, members } of groups.all) {
    if (!members.isEmpty) return `${cluster}/${group}`;
    first ??= `${cluster}/${group}`;
  }
  return first;
}

function liveliestTopic(history: GroupHistory | undefined): string | undefined {
  const count = (topic: TopicHistory) => topic.partitions.filter(({ current }) => current).length;
  const [best] = [...(history?.topics ?? [])].sort((a, b) => count(b) - count(a));
  return best?.topic;
}
