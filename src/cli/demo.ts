import { createEmbeddedWorld, type EmbeddedWorld } from '../embedded/world.js';
import type { Host } from '../host/host.js';

const topic = 'demo';
const group = 'demo-group';
const partitions = 4;

/**
 * An embedded world with a topic in it. A new group begins at the newest message, so the demo group's offsets are set to
 * the beginning: what is posted first is what is got first.
 */
export async function makeDemoWorld(host: Host): Promise<EmbeddedWorld> {
  const world = createEmbeddedWorld({ host });
  world.createTopic(topic, partitions);
  const kafka = world.kafka('demo');
  const { signal } = new AbortController();
  await kafka.metadata([topic], signal);
  const coordinator = await kafka.findCoordinator(group, signal);
  const offsets = [...Array(partitions).keys()].map((partition) => ({ topic, partition, offset: 0, metadata: '' }));
  await kafka.commitOffsets(coordinator, group, offsets, signal);
  await kafka.close();
  return world;
}

/** What a newcomer is told: where it listens, what is there, and what to try, with the answers it gives. */
export function demoLines(address: string, grpcAddress?: string, inspectAddress?: string): string[] {
  const url = `http://${address}/topics/${topic}`;
  const post = (key: string, parameters: string, text: string) =>
    `  curl -X POST '${url}/messages?key=${key}${parameters}' -H 'Content-Type: text/plain' -d '${text}'`;
  // Of four partitions, "A" falls to 0 and "foo" to 1.
  const written = { partition: 1, offset: 0 };
  const message = {
    key: Buffer.from('A').toString('base64'),
    value: Buffer.from('hello').toString('base64'),
    partition: 0,
    offset: 0,
    headers: [],
  };
  const indented = (value: unknown) => JSON.stringify(value, null, 2).replaceAll('\n', '\n  ');
  return [
    '',
    `kafka-pixy listens on http://${address}`,
    ...(grpcAddress === undefined ? [] : [`and for gRPC on ${grpcAddress}, by kafka-pixy.proto`]),
    ...(inspectAddress === undefined ? [] : [`and shows what happens inside on http://${inspectAddress}`]),
    `Kafka and ZooKeeper are embedded: everything lives in memory and is gone at exit.`,
    `Topic "${topic}" has ${partitions} partitions: ${[...Array(partitions).keys()].join(', ')}.`,
    '',
    'Post a message; it is accepted at once:',
    post('A', '', 'hello'),
    '  {}',
    'Post one and wait until it is written; the key chooses the partition:',
    post('foo', '&sync', 'world'),
    `  ${indented(written)}`,
    'Get the first one back, as a member of a group (values are Base64):',
    `  curl '${url}/messages?group=${group}'`,
    `  ${indented(message)}`,
    '',
    'Ctrl-C stops it.',
    '',
  ];
}
