import { curlFor } from '../model/reasons-facts.js';
import type { World } from '../model/world.js';
import type { ViewProps } from '../view.js';
import { TopicsConsume } from './topics-consume.js';
import { TopicsProduce } from './topics-produce.js';
import './topics.css';

/** Tables for consuming; the topics behind them are left out. */
const tablesMax = 12;

/** How far each topic is consumed and produced to, in numbers. */
export function TopicsView({ world, actions }: ViewProps) {
  const consumed = [...world.groups.all]
    .flatMap((history) => history.topics.map((topic) => ({ history, topic })))
    .filter(({ topic }) => topic.partitions.some(({ current }) => current));
  const produces = [...world.actors.values()].some(({ place, goneAtMs }) => place.produces && goneAtMs === undefined);
  if (consumed.length === 0 && !produces) return <NothingYet world={world} />;
  return (
    <div class="topics">
      {consumed.slice(0, tablesMax).map(({ history, topic }) => (
        <TopicsConsume
          key={`${history.cluster}/${history.group}/${topic.topic}`}
          {...{ world, history, topic, actions }}
        />
      ))}
      {consumed.length > tablesMax && (
        <p class="muted">{consumed.length - tablesMax} more topics are consumed; the rebalance view has them all.</p>
      )}
      <TopicsProduce world={world} actions={actions} />
    </div>
  );
}

function NothingYet({ world }: { readonly world: World }) {
  const cluster = Object.keys(world.head.daemons[0]?.memberIds ?? {})[0] ?? 'default';
  const consume = curlFor(world.head, { cluster, group: 'my-group', topic: 'my-topic' });
  const produce = consume
    .replace('curl ', 'curl -X POST -d hello -H "Content-Type: text/plain" ')
    .replace(/\?group=.*'/, "?sync'");
  return (
    <div class="empty">
      <h2>No topic is in use</h2>
      <p>
        This view shows lag, offsets and acknowledgements of each topic that is consumed, and batches and latencies of
        each that is produced to. Write a message, and consume it:
      </p>
      <pre>
        {produce}
        {'\n'}
        {consume}
      </pre>
    </div>
  );
}
