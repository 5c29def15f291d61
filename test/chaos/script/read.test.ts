import { describe, expect, it } from 'vitest';
import { readScript } from '../../../src/chaos/script/read.js';
import { readSettings } from '../../../src/config/file.js';

const read = (text: string) => readScript('my.yaml', `title: What happens?\n${text}`);

describe('a script', () => {
  it('needs nothing but its question', () => {
    expect(read('')).toEqual({
      title: 'What happens?',
      durationMs: 30_000,
      cluster: { type: 'started', kafkaVersion: '3.9.1', brokers: 3, replication: 3, minInSync: 2 },
      daemons: [
        {
          name: 'pixy',
          from: 1,
          to: 2,
          command: undefined,
          config: {},
          timing: {
            sessionTimeoutMs: 15_000,
            commitIntervalMs: 500,
            ackTimeoutMs: 300_000,
            longPollingTimeoutMs: 3000,
            syncTimeoutMs: 30_000,
          },
        },
      ],
      topics: [{ name: 'orders', partitions: 4 }],
      workload: {
        type: 'own',
        produce: [
          {
            topic: 'orders',
            clients: 4,
            messagesPerSecond: 50,
            syncShare: 0.5,
            keys: 20,
            messageBytes: 200,
            daemons: undefined,
          },
        ],
        consume: [
          {
            group: 'chaos',
            topics: ['orders'],
            ack: 'auto',
            lateShare: 0,
            neverShare: 0,
            clients: 2,
            daemons: undefined,
          },
        ],
      },
      faults: [],
      random: undefined,
      expect: { backWithinMs: 5000, takeoverWithinMs: 17_000, leaveOut: [], relaxed: [] },
    });
  });

  it.each([
    ['brokers: 1', [1, 1, 1]],
    ['brokers: 2', [2, 2, 1]],
    ['brokers: 3', [3, 3, 2]],
    ['brokers: 3, replication: 1', [3, 1, 1]],
    ['brokers: 2, minInSync: 2', [2, 2, 2]],
  ])(
    'with { %s } has as many replicas, and as many in sync, as make sense',
    (keys, [brokers, replication, minInSync]) => {
      expect(read(`cluster: { ${keys} }`).cluster).toMatchObject({ brokers, replication, minInSync });
    },
  );

  it('can name a cluster that runs already', () => {
    const { cluster, faults } = read(
      "cluster: { kafkaPeers: ['a:9092', 'b:9092'], zookeeperPeers: 'z:2181' }\nfaults: [{ at: 5s, cut: daemon 1 -> zookeeper }, { at: 6s, kill: daemon 2 }]",
    );
    expect(cluster).toEqual({ type: 'given', kafkaPeers: ['a:9092', 'b:9092'], zookeeperPeers: ['z:2181'] });
    expect(faults).toHaveLength(2);
  });

  it('can set two implementations side by side, or into one group', () => {
    const { daemons, workload } = read(`daemons:
  - { name: ours, count: 2 }
  - { name: theirs, command: [other, --config, '{config}', 'two words'], count: 1 }
workload:
  consume:
    - { group: both }
    - { group: one, daemons: ours }
    - { group: other, daemons: theirs, ack: later }`);
    expect(daemons).toMatchObject([
      { name: 'ours', from: 1, to: 2, command: undefined },
      { name: 'theirs', from: 3, to: 3, command: ['other', '--config', '{config}', 'two words'] },
    ]);
    expect(workload).toMatchObject({
      consume: [{ daemons: undefined }, { daemons: 'ours' }, { daemons: 'theirs', ack: 'later' }],
    });
  });

  it('can leave the work to a program', () => {
    expect(read('workload: { command: node  my-test.js --fast }').workload).toEqual({
      type: 'command',
      command: ['node', 'my-test.js', '--fast'],
    });
  });

  it.each([
    [`sh -c 'sleep 3; exit 3'`, ['sh', '-c', 'sleep 3; exit 3']],
    [String.raw`sh -c 'printf "\"%s\"" hello'`, ['sh', '-c', String.raw`printf "\"%s\"" hello`]],
    [`my --name="a 'b' c" '' d"e f"g`, ['my', `--name=a 'b' c`, '', 'de fg']],
  ])('splits a command line outside of its quotes: %s', (line, command) => {
    expect(read(`workload: { command: ${JSON.stringify(line)} }`).workload).toMatchObject({ command });
  });

  it.each([String.raw`sh -c "echo \"hello\""`, String.raw`echo it\'s mine`])(
    'refuses what would be split elsewhere than a shell does it: %s',
    (line) => {
      expect(() => read(`workload: { command: ${JSON.stringify(line)} }`)).toThrow(
        'workload.command: a backslash before a quote means nothing in a command',
      );
    },
  );

  it.each([`sh -c 'sleep 3`, `it's mine`, `my "`])('refuses an open quote: %s', (line) => {
    expect(() => read(`workload: { command: ${JSON.stringify(line)} }`)).toThrow(
      'workload.command: a quote is opened in the command and not closed',
    );
  });

  it('can have clients of one kind only', () => {
    expect(read('workload: { consume: [] }').workload).toMatchObject({ consume: [], produce: [{ topic: 'orders' }] });
  });

  it('keeps the configuration of daemons as a configuration file would have it, and knows its times', () => {
    const [daemon] = read(`daemons:
  config:
    kafka: { version: '1.1.1', tls: false }
    consumer: { ack_timeout: 3s, max_retries: 5, offsets_commit_interval: 200ms }
    zoo_keeper: { session_timeout: 4s }`).daemons;
    expect(daemon!.config).toEqual({
      kafka: { version: '1.1.1', tls: false },
      consumer: { ack_timeout: '3s', max_retries: 5, offsets_commit_interval: '200ms' },
      zoo_keeper: { session_timeout: '4s' },
    });
    expect(daemon!.timing).toMatchObject({ sessionTimeoutMs: 4000, commitIntervalMs: 200, ackTimeoutMs: 3000 });
    const file = JSON.stringify({ proxies: { default: daemon!.config } });
    const { consumer } = readSettings('d1.yaml', file, expect.unreachable).validate().clusters['default']!;
    expect(consumer).toMatchObject({ ackTimeoutMs: 3000, retriesMax: 5 });
  });

  it('says what it asks for less than usual, and nothing of what it asks for more', () => {
    const script = 'daemons: { config: { zoo_keeper: { session_timeout: 4s } } }\n';
    expect(read(`${script}expect: { backWithin: 1s, takeoverWithin: 5s }`).expect).toEqual({
      backWithinMs: 1000,
      takeoverWithinMs: 5000,
      leaveOut: [],
      relaxed: [],
    });
    expect(
      read(`${script}expect: { backWithin: 20s, takeoverWithin: 1m, leaveOut: [never settled, lost] }`).expect,
    ).toEqual({
      backWithinMs: 20_000,
      takeoverWithinMs: 60_000,
      leaveOut: ['never settled', 'lost'],
      relaxed: [
        'backWithin is 20s instead of 5s',
        'takeoverWithin is 1m instead of 6s',
        'the check "never settled" is left out',
        'the check "lost" is left out',
      ],
    });
  });

  it('may ask for as many messages as a run can keep', () => {
    const load = 'duration: 10m\nworkload: { produce: [{ rate: 1000 }, { rate: 666 }] }\n';
    expect(read(load).durationMs).toBe(600_000);
  });
});
