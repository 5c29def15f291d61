import { DEFAULT_KAFKA_VERSION } from '../../cluster/versions.js';
import { meantName, notAllowed, type Mistakes } from './mistakes.js';
import { daemonsMax, standardBrokers, type scriptKeys } from './schema.js';
import type {
  CommandWorkload,
  ConsumerLoad,
  DaemonKind,
  GivenCluster,
  OwnWorkload,
  ProducerLoad,
  ScriptTopic,
  StartedCluster,
} from './script.js';
import type { Located, ValuesOf } from './section.js';
import { showMs } from './values.js';

type Values = ValuesOf<typeof scriptKeys>;

export function clusterOf(
  { keys, ...written }: Values['cluster'],
  mistakes: Mistakes,
): StartedCluster | GivenCluster | undefined {
  const { kafkaPeers, zookeeperPeers } = written;
  if (kafkaPeers || zookeeperPeers) {
    for (const key of ['kafka', 'brokers', 'replication', 'minInSync'] as const) {
      if (written[key] !== undefined)
        mistakes.note(keys.get(key)!, `cluster.${key} is for a cluster that is started; this one is given`);
    }
    if (kafkaPeers && zookeeperPeers) return { type: 'given', kafkaPeers, zookeeperPeers };
    const [there, missing] = kafkaPeers ? ['kafkaPeers', 'zookeeperPeers'] : ['zookeeperPeers', 'kafkaPeers'];
    mistakes.note(keys.get(there)!, `cluster.${missing} is missing: a given cluster needs it beside ${there}`);
    return undefined;
  }
  const brokers = written.brokers ?? standardBrokers;
  const replication = written.replication ?? brokers;
  const minInSync = written.minInSync ?? Math.min(2, Math.max(1, replication - 1));
  if (replication > brokers)
    mistakes.note(
      keys.get('replication')!,
      `cluster.replication: ${replication} replicas need as many brokers, and there are ${brokers}`,
    );
  if (minInSync > replication)
    mistakes.note(
      keys.get('minInSync')!,
      `cluster.minInSync: ${minInSync} replicas in sync are more than the ${replication} that there are`,
    );
  return { type: 'started', kafkaVersion: written.kafka ?? DEFAULT_KAFKA_VERSION, brokers, replication, minInSync };
}

export function daemonsOf(written: Values['daemons'], mistakes: Mistakes): readonly DaemonKind[] | undefined {
  const before = mistakes.count;
  refuseTwice(
    'daemons.name',
    written.map(({ name }) => name),
    mistakes,
  );
  let from = 1;
  const kinds = written.map(({ name, count, command, config }): DaemonKind => {
    const first = from;
    from += count;
    if (from - 1 > daemonsMax && first - 1 <= daemonsMax)
      mistakes.note(name.at, `daemons: ${from - 1} daemons; at most ${daemonsMax} are allowed in all`);
    return { name: name.value, from: first, to: from - 1, command, config: config.tree, timing: config.timing };
  });
  return mistakes.count > before ? undefined : kinds;
}

export function topicsOf(written: Values['topics'], mistakes: Mistakes): readonly ScriptTopic[] {
  refuseTwice(
    'topics.topic',
    written.map(({ topic }) => topic),
    mistakes,
  );
  return written.map(({ topic, partitions }) => ({ name: topic.value, partitions }));
}

/** `topics` and `kinds`: `undefined` when they are not known, for a mistake of their own. */
/** Messages that are not acknowledged in time: whether there are such, and see the end of their time. */
export function checkAcks(
  { consume }: Values['workload'],
  { kinds, durationMs }: { readonly kinds: readonly DaemonKind[]; readonly durationMs: number },
  mistakes: Mistakes,
): void {
  const ackTimeoutMs = Math.max(...kinds.map(({ timing }) => timing.ackTimeoutMs));
  for (const { ack, lateShare, neverShare } of consume) {
    if (lateShare.value + neverShare.value > 1)
      mistakes.note(neverShare.at, 'workload.consume: lateShare and neverShare are more than 100% together');
    for (const [name, { at, value }] of Object.entries({ lateShare, neverShare })) {
      if (value === 0) continue;
      const key = `workload.consume.${name}`;
      if (ack === 'auto') mistakes.note(at, `${key} is for ack: later; with auto there is nothing to acknowledge`);
      else if (ackTimeoutMs * 2 > durationMs)
        mistakes.note(
          at,
          `${key}: a message comes again ${showMs(ackTimeoutMs)} after it was given, and the run lasts ${showMs(durationMs)}; set daemons.config.consumer.ack_timeout, as 3s`,
        );
    }
  }
}

export function workloadOf(
  { keys, produce, consume, command }: Values['workload'],
  topics: readonly ScriptTopic[] | undefined,
  kinds: readonly DaemonKind[] | undefined,
  mistakes: Mistakes,
): OwnWorkload | CommandWorkload {
  if (command) {
    for (const key of ['produce', 'consume']) {
      const at = keys.get(key);
      if (at) mistakes.note(at, `workload.${key} cannot stand beside command, which does both by itself`);
    }
    return { type: 'command', command };
  }
  const topicNames = topics?.map(({ name }) => name);
  const kindNames = kinds?.map(({ name }) => name);
  const known = (key: string, given: Located<string> | undefined, names: readonly string[] | undefined) => {
    if (given && names && !names.includes(given.value))
      mistakes.note(
        given.at,
        notAllowed(key, given.value, `one of ${names.join(', ')}`, meantName(given.value, names)),
      );
    return given?.value;
  };
  refuseTwice(
    'workload.consume.group',
    consume.map(({ group }) => group),
    mistakes,
  );
  return {
    type: 'own',
    produce: produce.map(({ topic, rate, daemons, ...rest }): ProducerLoad => ({
      ...rest,
      topic: known('workload.produce.topic', topic, topicNames) ?? topicNames?.[0] ?? '',
      messagesPerSecond: rate,
      daemons: known('workload.produce.daemons', daemons, kindNames),
    })),
    consume: consume.map(({ group, topics: some, daemons, lateShare, neverShare, ...rest }): ConsumerLoad => ({
      ...rest,
      group: group.value,
      topics: some?.map((one) => known('workload.consume.topics', one, topicNames)!) ?? topicNames ?? [],
      lateShare: lateShare.value,
      neverShare: neverShare.value,
      daemons: known('workload.consume.daemons', daemons, kindNames),
    })),
  };
}

/** Posted in a run, as what clients saw of each is kept until the verdict. */
export const messagesMax = 1_000_000;

export function refuseTooMany({ keys, produce, command }: Values['workload'], durationMs: number, mistakes: Mistakes) {
  const perSecond = produce.reduce((sum, { rate }) => sum + rate, 0);
  const messages = (perSecond * durationMs) / 1000;
  const at = keys.get('produce');
  if (!at || command || messages <= messagesMax) return;
  const [count, max] = [Math.round(messages), messagesMax].map((number) => number.toLocaleString('en'));
  mistakes.note(
    at,
    `workload.produce.rate: ${perSecond} messages a second for ${showMs(durationMs)} are ${count}; at most ${max} are posted in a run, so lower the rate or duration`,
  );
}

function refuseTwice(key: string, names: readonly Located<string>[], mistakes: Mistakes): void {
  for (const [index, { at, value }] of names.entries()) {
    if (names.slice(0, index).some((earlier) => earlier.value === value))
      mistakes.note(at, `${key}: ${value} is there twice; each needs a name of its own`);
  }
}
