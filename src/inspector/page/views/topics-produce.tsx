import { counted } from '../model/format.js';
import { stateText } from '../model/states.js';
import type { ActorView } from '../model/picture.js';
import { numberOf } from '../model/reasons-facts.js';
import type { World } from '../model/world.js';
import type { PageActions } from '../view.js';
import { SortedTable, type Column } from './topics-table.js';

export interface TopicsProduceProps {
  readonly world: World;
  readonly actions: PageActions;
}

const numbered = (title: string, name: string, hint: string): Column<ActorView> => ({
  title,
  hint,
  value: (actor) => numberOf(actor, name),
});

const daemon: Column<ActorView> = { title: 'Daemon', value: ({ place }) => place.daemon };
const state: Column<ActorView> = { title: 'State', value: ({ value }) => stateText(value) };

const batcherColumns: readonly Column<ActorView>[] = [
  { title: 'Partition', value: ({ place }) => place.partition },
  daemon,
  state,
  numbered('Waiting', 'waiting', 'Messages that wait for the next batch'),
  numbered('In flight', 'inFlight', 'Messages of the batch that is being written'),
  numbered('Batches', 'batches', 'Batches that were written'),
  numbered('Messages', 'messages', 'Messages that were written'),
  numbered('Last batch', 'lastBatch', 'Messages of the last batch'),
  numbered('Last ms', 'lastMs', 'From sending to the answer, of the last batch'),
  numbered('Mean ms', 'meanMs', 'From sending to the answer, of all batches'),
  numbered('Max ms', 'maxMs', 'From sending to the answer, of the slowest batch'),
  numbered('Failures', 'failures', 'Tries of the present batch that failed'),
];

const senderColumns: readonly Column<ActorView>[] = [
  { title: 'Broker', value: ({ place }) => Number(place.names.at(-1)) },
  daemon,
  state,
  numbered('Ready', 'ready', 'Batches that wait for the next request'),
  numbered('In flight', 'inFlightBatches', 'Batches of the request that is on its way'),
  numbered('Requests', 'requests', 'Requests that were answered'),
  numbered('Last ms', 'lastMs', 'From sending to the answer, of the last request'),
  numbered('Mean ms', 'meanMs', 'From sending to the answer, of all requests'),
  numbered('Failures', 'failures', 'Requests in a row that failed'),
];

/** Topics that messages are written to, and the brokers that they go to. */
export function TopicsProduce({ world, actions }: TopicsProduceProps) {
  const living = [...world.actors.values()].filter(({ goneAtMs }) => goneAtMs === undefined);
  const producers = living.filter(({ place }) => place.produces);
  const senders = living.filter(({ place }) => place.names[1] === 'sender' && place.names.length === 3);
  const topics = new Map<string, ActorView[]>();
  for (const producer of producers) {
    const key = `${producer.place.cluster}/${producer.place.topic}`;
    topics.set(key, [...(topics.get(key) ?? []), producer]);
  }
  const open = ({ address }: ActorView) => actions.select(address);
  return (
    <>
      {[...topics]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, actors]) => (
          <Produced key={key} actors={actors} open={open} />
        ))}
      {senders.length > 0 && (
        <section class="tp-topic">
          <h2>Requests to brokers</h2>
          <SortedTable
            label="Requests to brokers"
            columns={shownColumns(senderColumns, senders)}
            rows={senders}
            keyOf={({ address }) => address}
            open={open}
          />
        </section>
      )}
    </>
  );
}

interface ProducedProps {
  readonly actors: readonly ActorView[];
  open(actor: ActorView): void;
}

function Produced({ actors, open }: ProducedProps) {
  const producers = actors.filter(({ place }) => place.partition === undefined);
  const batchers = actors.filter(({ place }) => place.partition !== undefined);
  const accepted = producers.reduce((sum, producer) => sum + (numberOf(producer, 'accepted') ?? 0), 0);
  const states = [...new Set(producers.map(({ value }) => stateText(value)))].join(', ');
  return (
    <section class="tp-topic">
      <h2>
        {actors[0]?.place.topic} <span class="muted">produced to</span>
        <span class="muted tp-sum">
          {counted(accepted, 'message')} not written yet{states === '' ? '' : `, ${states}`}
        </span>
      </h2>
      {batchers.length > 0 ? (
        <SortedTable
          label={`${actors[0]?.place.topic} produced to`}
          columns={shownColumns(batcherColumns, batchers)}
          rows={batchers}
          keyOf={({ address }) => address}
          open={open}
        />
      ) : (
        <p class="muted">No partition of it has been written to yet.</p>
      )}
    </section>
  );
}

/** Which daemon goes without saying where there is one only. */
const shownColumns = (columns: readonly Column<ActorView>[], rows: readonly ActorView[]): Column<ActorView>[] =>
  columns.filter((column) => column !== daemon || new Set(rows.map(({ place }) => place.daemon)).size > 1);
