import { BROKERS_MAX } from '../../cluster/cluster.js';
import { DEFAULT_KAFKA_VERSION } from '../../cluster/versions.js';
import { isKafkaVersion } from '../../config/schema.js';
import { daemonConfig } from './daemon-config.js';
import { durationMaxMs, randomEntry, timelineEntry } from './faults.js';
import { meantName, notAllowed } from './mistakes.js';
import { checkNames, daemonsVariable } from './script.js';
import { implied, listOf, located, optional, required, scalar, section, standard, type ValueType } from './section.js';
import { command, duration, matching, oneOf, peers, share, text, whole } from './values.js';

const titleCharsMax = 200;
const durationMinMs = 1000;
export const standardBrokers = 3;
/** Of all implementations together. */
export const daemonsMax = 8;
const kindsMax = 4;
const topicsMax = 10;
const partitionsMax = 100;
const loadsMax = 10;
const clientsMax = 100;
const messagesPerSecondMax = 10_000;
const keysMax = 10_000;
/** The post that wrote it has to be in it. */
const messageBytesMin = 64;
const messageBytesMax = 1_000_000;
/** Written in the script; `every` may make several of one. */
const faultsMax = 200;
const randomEveryMinMs = 500;
const seedMax = 4_294_967_295;

const name = matching(/^[\w.-]{1,40}$/, 'a name of 1 to 40 characters of A-Z a-z 0-9 . _ -');
const topicName = matching(/^(?!\.{1,2}$)[\w.-]{1,249}$/, 'a topic of 1 to 249 characters of A-Z a-z 0-9 . _ -');
const groupName = matching(/^(?!\.{1,2}$)[\w.-]{1,200}$/, 'a group of 1 to 200 characters of A-Z a-z 0-9 . _ -');
const kafkaVersion = scalar('a version of Kafka from 0.8.2.0 on, as in 2.8.2 or 3.9.1', (version) =>
  isKafkaVersion(version) ? version : undefined,
);

const placeholders = ['address', 'config', 'kafkaPeers', 'zookeeperPeers', 'name'];

/** A command line in which the run fills in what a daemon has to know. */
const daemonCommand: ValueType<readonly string[]> = {
  allowed: `${command.allowed}, with ${placeholders.map((each) => `{${each}}`).join(' ')} where the run is to fill in`,
  read(node, path, mistakes) {
    const words = command.read(node, path, mistakes);
    if (words === undefined) return undefined;
    const named = [...words.join(' ').matchAll(/\{(\w*)\}/g)].map(([, each]) => each!);
    const unknown = named.filter((each) => !placeholders.includes(each));
    const braces = (each: string) => `{${each}}`;
    for (const each of unknown) {
      const meant = meantName(each, placeholders);
      mistakes.note(
        node.at,
        notAllowed(path, braces(each), placeholders.map(braces).join(' '), meant && braces(meant)),
      );
    }
    if (unknown.length === 0 && !named.includes('address') && !named.includes('config'))
      mistakes.note(node.at, `${path}: a daemon has to be told its address; have {address} or {config} in the command`);
    return words;
  },
};

const clusterKeys = {
  kafka: optional(kafkaVersion, DEFAULT_KAFKA_VERSION, 'Release of Kafka that is started.'),
  brokers: optional(whole(1, BROKERS_MAX), `${standardBrokers}`, 'Brokers that are started, with one ZooKeeper.'),
  replication: optional(whole(1, BROKERS_MAX), 'as many as brokers', 'Replicas of each partition.'),
  minInSync: optional(
    whole(1, BROKERS_MAX),
    '2 of 3 replicas, else 1',
    'Replicas that must have a message before it counts as written.',
  ),
  kafkaPeers: optional(
    peers,
    'a cluster is started',
    'Brokers of a cluster that is given. Its processes are never touched.',
  ),
  zookeeperPeers: optional(peers, 'a cluster is started', 'ZooKeeper servers of the given cluster.'),
};

const daemonKind = section({
  name: standard(located(name), 'pixy', 'Name of the implementation. Two of them need different ones.'),
  count: standard(
    whole(1, daemonsMax),
    '2',
    `Its daemons; they are numbered through all implementations, ${daemonsMax} at most.`,
  ),
  command: optional(daemonCommand, 'this product', 'Starts one daemon: any program that speaks this API.'),
  config: implied(
    daemonConfig,
    'the defaults',
    'Keys of one proxy, as in its section of a configuration file; peers and addresses are set by the run.',
  ),
});

const topic = section({
  topic: standard(located(topicName), 'orders', 'Name of a topic. In a given cluster it has to exist.'),
  partitions: standard(whole(1, partitionsMax), '4', 'Its partitions.'),
});

const ofKind = (says: string) => optional(located(name), 'all daemons', says);
const producer = section({
  topic: optional(located(topicName), 'the first topic', 'What is posted to.'),
  clients: standard(whole(1, clientsMax), '4', 'Clients, each posting one message at a time to any daemon that lives.'),
  rate: standard(whole(1, messagesPerSecondMax), '50', 'Messages a second, of all these clients together.'),
  syncShare: standard(
    share,
    '50%',
    'How many are posted with `sync`; the others are answered before they are written.',
  ),
  keys: standard(whole(1, keysMax), '20', 'Different keys.'),
  messageBytes: standard(whole(messageBytesMin, messageBytesMax), '200', 'Size of each message.'),
  daemons: ofKind('Of which implementation they use the daemons, by its name.'),
});
const consumer = section({
  group: standard(located(groupName), 'chaos', 'Name of the consumer group.'),
  topics: optional(listOf(located(topicName), topicsMax), 'every topic', 'What is consumed.'),
  ack: standard(
    oneOf(['auto', 'later']),
    'auto',
    'Acknowledged with the answer, or by a request of the client afterwards.',
  ),
  lateShare: standard(
    located(share),
    '0%',
    'With `later`: how many are acknowledged when their time for it is over, and they come again.',
  ),
  neverShare: standard(
    located(share),
    '0%',
    'With `later`: how many are not acknowledged, as often as they come; when the load is over, all are.',
  ),
  clients: standard(whole(1, clientsMax), '2', 'Clients at each daemon that poll all the time.'),
  daemons: ofKind('At the daemons of which implementation they are, by its name.'),
});

const checkName: ValueType<(typeof checkNames)[number]> = scalar(
  `names of checks: ${checkNames.join(', ')}`,
  (given) => checkNames.find((known) => known === given),
  (given) => meantName(given, checkNames),
);

const workloadKeys = {
  produce: implied(listOf(producer, loadsMax), 'one of all defaults', 'Clients that post; `[]` for none.'),
  consume: implied(listOf(consumer, loadsMax), 'one of all defaults', 'Groups that consume; `[]` for none.'),
  command: optional(
    command,
    'none',
    `Your own program instead of both; it finds the addresses of the daemons in ${daemonsVariable}, comma-separated, and its exit code is part of the verdict.`,
  ),
};

const randomSection = section({
  seed: standard(whole(0, seedMax), '1', 'The same seed draws the same faults.'),
  every: standard(located(duration(randomEveryMinMs, durationMaxMs)), '5s', 'One fault in each time of this length.'),
  from: standard(located(duration(0, durationMaxMs)), '5s', 'No fault before.'),
  until: optional(located(duration(1, durationMaxMs)), 'the duration', 'No fault begins after.'),
  of: required(listOf(randomEntry, faultsMax, true), 'What is drawn from: entries as in `faults`, without `at`.'),
});

const expectSection = section({
  backWithin: optional(
    duration(1, durationMaxMs),
    '5s',
    'How soon all partitions are consumed when a broker, ZooKeeper, a link or a daemon is back, or a session has expired.',
  ),
  takeoverWithin: optional(
    duration(1, durationMaxMs),
    'session timeout + 2s',
    'How soon others consume the partitions of a daemon that was killed or frozen.',
  ),
  leaveOut: optional(listOf(checkName, checkNames.length), 'none', 'Checks that do not count; the report says so.'),
});

/** Every key of a script. */
export const scriptKeys = {
  title: required(text(titleCharsMax), 'The question that the script answers.'),
  duration: standard(
    located(duration(durationMinMs, durationMaxMs)),
    '30s',
    'How long there are load and faults; then everything is brought back, and what was written is consumed.',
  ),
  cluster: implied(
    section(clusterKeys, (values, node) => ({ ...values, keys: node.keys })),
    'one is started',
    'What the daemons work on.',
  ),
  daemons: implied(
    listOf(daemonKind, kindsMax),
    'two of this product',
    'Implementations, and how many daemons of each.',
  ),
  topics: implied(listOf(topic, topicsMax), 'one', 'Topics.'),
  workload: implied(
    section(workloadKeys, (values, node) => ({ ...values, keys: node.keys })),
    'one producer, one group',
    'What the daemons have to do meanwhile.',
  ),
  faults: optional(listOf(timelineEntry, faultsMax, true), 'none', 'What is done, and when.'),
  random: optional(randomSection, 'none', 'Faults at times that a seed chooses.'),
  expect: implied(expectSection, 'all checks', 'What must hold. Nothing has to be said for the usual guarantees.'),
};
