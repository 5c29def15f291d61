import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readScript, readScriptFile } from '../../../src/chaos/script/read.js';
import { scriptBytesMax } from '../../../src/chaos/script/source.js';

/** What is said of a script, a line for each mistake. */
function mistakesOf(text: string): string[] {
  try {
    readScript('my.yaml', text);
  } catch (error) {
    expect(error).toMatchObject({ name: 'PixyError', code: 'bad-script', status: null });
    const [head, ...lines] = (error as Error).message.split('\n');
    expect(head).toBe('my.yaml is no script that can be run:');
    return lines.map((line) => line.trim());
  }
  return [];
}

const title = 'title: What happens?\n';
const given = `${title}cluster: { kafkaPeers: 'k:9092', zookeeperPeers: 'z:2181' }\n`;
const fault = (...lines: string[]): string => `${title}faults:\n  - ${lines.join('\n    ')}\n`;

interface Bad {
  readonly what: string;
  readonly text: string;
  /** Each begins so. */
  readonly says: readonly string[];
}

const bad: readonly Bad[] = [
  // --- keys
  { what: 'nothing at all', text: '', says: ['line 1, column 1: title is missing'] },
  {
    what: 'a text',
    text: 'kill broker 1\n',
    says: ['line 1, column 1: a script: "kill broker 1" is not allowed; allowed: a map of these keys: title,'],
  },
  {
    what: 'a misspelt key, which is told once even where it is required',
    text: 'titel: What happens?\n',
    says: [
      'line 1, column 1: unknown key "titel", did you mean title? The keys of a script are title, duration, cluster,',
    ],
  },
  {
    what: 'a key that belongs elsewhere',
    text: `${title}brokers: 3\nrate: 5\n`,
    says: [
      'line 2, column 1: unknown key "brokers" here; it is cluster.brokers',
      'line 3, column 1: unknown key "rate" here; it is workload.produce.rate',
    ],
  },
  {
    what: 'a key that is like no other',
    text: `${title}cluster:\n  zones: 3\n`,
    says: ['line 3, column 3: unknown key "zones"; the keys of cluster are kafka, brokers, replication, minInSync,'],
  },
  {
    what: 'a key given twice',
    text: `${title}duration: 5s\nduration: 6s\n`,
    says: ['line 3, column 1: "duration" is given twice, first in line 2'],
  },
  {
    what: 'a section that is a text',
    text: `${title}cluster: 3 brokers\n`,
    says: ['line 2, column 10: cluster: "3 brokers" is not allowed; allowed: a map of these keys: kafka,'],
  },
  // --- values
  {
    what: 'a duration without its unit',
    text: `${title}duration: 20\n`,
    says: ['line 2, column 11: duration: "20" is not allowed, did you mean 20s? Allowed: a duration from 1s to 1h'],
  },
  {
    what: 'a duration in words',
    text: `${title}duration: 20 seconds\n`,
    says: ['line 2, column 11: duration: "20 seconds" is not allowed, did you mean 20s?'],
  },
  {
    what: 'a run that is too long',
    text: `${title}duration: 3h\n`,
    says: ['line 2, column 11: duration: "3h" is not allowed; allowed: a duration from 1s to 1h'],
  },
  {
    what: 'too many brokers',
    text: `${title}cluster: { brokers: 9 }\n`,
    says: ['line 2, column 21: cluster.brokers: "9" is not allowed; allowed: a whole number from 1 to 3'],
  },
  {
    what: 'no Kafka',
    text: `${title}cluster: { kafka: latest }\n`,
    says: ['line 2, column 19: cluster.kafka: "latest" is not allowed; allowed: a version of Kafka'],
  },
  {
    what: 'a share that is no percentage',
    text: `${title}workload: { produce: { syncShare: 0.5 } }\n`,
    says: ['line 2, column 35: workload.produce.syncShare: "0.5" is not allowed, did you mean 50%?'],
  },
  {
    what: 'a misspelt choice',
    text: `${title}workload: { consume: { ack: latter } }\n`,
    says: [
      'line 2, column 29: workload.consume.ack: "latter" is not allowed, did you mean later? Allowed: one of auto, later',
    ],
  },
  {
    what: 'a misspelt check',
    text: `${title}expect: { leaveOut: [duplicates] }\n`,
    says: [
      'line 2, column 22: expect.leaveOut: "duplicates" is not allowed, did you mean duplicate? Allowed: names of checks: lost,',
    ],
  },
  // --- the cluster
  {
    what: 'half of a given cluster',
    text: `${title}cluster: { kafkaPeers: 'k:9092' }\n`,
    says: ['line 2, column 12: cluster.zookeeperPeers is missing'],
  },
  {
    what: 'a given cluster that is started too',
    text: `${title}cluster: { kafkaPeers: 'k:9092', zookeeperPeers: 'z:2181', brokers: 3 }\n`,
    says: ['line 2, column 60: cluster.brokers is for a cluster that is started; this one is given'],
  },
  {
    what: 'a peer without a port',
    text: `${title}cluster: { kafkaPeers: k, zookeeperPeers: 'z:2181' }\n`,
    says: ['line 2, column 24: cluster.kafkaPeers: "k" is not allowed; allowed: host:port'],
  },
  {
    what: 'more replicas than brokers',
    text: `${title}cluster: { brokers: 1, replication: 2 }\n`,
    says: ['line 2, column 24: cluster.replication: 2 replicas need as many brokers, and there are 1'],
  },
  {
    what: 'more in sync than there are',
    text: `${title}cluster: { brokers: 1, minInSync: 2 }\n`,
    says: ['line 2, column 24: cluster.minInSync: 2 replicas in sync are more than the 1 that there are'],
  },
  // --- daemons
  {
    what: 'a placeholder that is none',
    text: `${title}daemons: { command: 'other --listen {adress}' }\n`,
    says: [
      'line 2, column 21: daemons.command: "{adress}" is not allowed, did you mean {address}? Allowed: {address} {config}',
    ],
  },
  {
    what: 'a command that is not told where to listen',
    text: `${title}daemons: { command: 'other --kafka {kafkaPeers}' }\n`,
    says: [
      'line 2, column 21: daemons.command: a daemon has to be told its address; have {address} or {config} in the command',
    ],
  },
  {
    what: 'two implementations of one name',
    text: `${title}daemons:\n  - count: 1\n  - command: other {address}\n`,
    says: ['line 4, column 5: daemons.name: pixy is there twice; each needs a name of its own'],
  },
  {
    what: 'too many daemons in all',
    text: `${title}daemons:\n  - { name: a, count: 5 }\n  - { name: b, count: 5 }\n`,
    says: ['line 4, column 13: daemons: 10 daemons; at most 8 are allowed in all'],
  },
  {
    what: 'wrong keys of the configuration, all of them',
    text: `${title}daemons:\n  config:\n    consumer: { ack_timout: 3s, max_retries: many }\n    kafka.version: 3\n    zoo_keeper: { seed_peers: [z] }\n    proxies: 1\n`,
    says: [
      'line 4, column 17: unknown key "consumer.ack_timout" in daemons.config, did you mean consumer.ack_timeout?',
      'line 4, column 46: daemons.config.consumer.max_retries: "many" is not allowed; allowed: a whole number from -1',
      'line 5, column 5: daemons.config: "kafka.version" is no key; write kafka: { version: … }',
      'line 6, column 19: daemons.config.zoo_keeper.seed_peers is set by the run',
      'line 7, column 5: unknown key "proxies" in daemons.config; the keys are those of a proxy: client_id, kafka,',
    ],
  },
  // --- the workload
  {
    what: 'a topic that nobody makes',
    text: `${title}workload: { produce: { topic: oders } }\n`,
    says: [
      'line 2, column 31: workload.produce.topic: "oders" is not allowed, did you mean orders? Allowed: one of orders',
    ],
  },
  {
    what: 'an implementation that there is not',
    text: `${title}workload: { consume: { daemons: theirs } }\n`,
    says: ['line 2, column 33: workload.consume.daemons: "theirs" is not allowed; allowed: one of pixy'],
  },
  {
    what: 'a group twice',
    text: `${title}workload:\n  consume:\n    - { ack: auto }\n    - { ack: later }\n`,
    says: ['line 5, column 7: workload.consume.group: chaos is there twice; each needs a name of its own'],
  },
  {
    what: 'a program beside our own clients',
    text: `${title}workload:\n  command: node mine.js\n  produce: { rate: 5 }\n`,
    says: ['line 4, column 3: workload.produce cannot stand beside command'],
  },
  // --- one fault
  {
    what: 'a misspelt fault',
    text: fault('at: 5s', 'kil: broker 1'),
    says: ['line 4, column 5: unknown key "kil", did you mean kill? The keys of faults are at, for, kill, freeze,'],
  },
  {
    what: 'an entry that does nothing',
    text: fault('at: 5s'),
    says: ['line 3, column 5: faults: nothing is done here; an entry has one of kill, freeze,'],
  },
  {
    what: 'two faults in one entry',
    text: fault('at: 5s', 'kill: broker 1', 'freeze: broker 2'),
    says: ['line 5, column 5: faults: freeze beside kill; an entry has one of kill, freeze,'],
  },
  {
    what: 'a fault without its time',
    text: fault('kill: broker 1'),
    says: ['line 3, column 5: faults.at is missing; allowed: a duration'],
  },
  {
    what: 'targets in other words',
    text:
      fault('at: 5s', 'kill: all brokers') + '  - { at: 5s, freeze: zk }\n  - { at: 5s, cut: daemon 1 to brocker 2 }\n',
    says: [
      'line 4, column 11: faults.kill: "all brokers" is not allowed, did you mean every broker? Allowed: broker 1, daemon 2, every daemon or zookeeper',
      'line 5, column 23: faults.freeze: "zk" is not allowed, did you mean zookeeper?',
      'line 6, column 20: faults.cut: "daemon 1 to brocker 2" is not allowed, did you mean daemon 1 -> broker 2?',
    ],
  },
  {
    what: 'a link where a process is asked for',
    text: fault('at: 5s', 'kill: daemon 1 -> zookeeper'),
    says: [
      'line 4, column 11: faults.kill: "daemon 1 -> zookeeper" is not allowed; allowed: broker 1, daemon 2, every daemon or zookeeper',
    ],
  },
  {
    what: 'a delay of nothing',
    text: fault('at: 5s', 'delay: daemon 1 -> broker 1'),
    says: ['line 3, column 5: faults.by is missing, which delay needs; allowed: a duration'],
  },
  {
    what: 'a detail of another fault',
    text: fault('at: 5s', 'kill: broker 1', 'by: 200ms'),
    says: ['line 5, column 5: faults.by means nothing to kill; it belongs to delay'],
  },
  {
    what: 'a speed that is none',
    text: fault('at: 5s', 'throttle: clients -> daemon 1', 'to: 64kb'),
    says: ['line 5, column 9: faults.to: "64kb" is not allowed, did you mean 64KiB/s?'],
  },
  {
    what: 'a length of what happens at once',
    text: fault('at: 5s', 'expireSession: daemon 1', 'for: 5s'),
    says: ['line 5, column 5: faults.for: expireSession happens at once; leave it out'],
  },
  {
    what: 'a fault that lasts no time',
    text: fault('at: 5s', 'freeze: daemon 1', 'for: 0s'),
    says: ['line 5, column 5: faults.for: freeze needs some time; allowed: a duration above 0s'],
  },
  {
    what: 'an address that no actor can have',
    text: fault('at: 5s', 'crash: "default/group 1"', 'in: daemon 1'),
    says: ['line 4, column 12: faults.crash: "default/group 1" is not allowed; allowed: an address of actors'],
  },
  // --- faults in their world
  {
    what: 'nobody by that number',
    text: fault('at: 5s', 'kill: broker 4') + '  - { at: 5s, cut: daemon 0 -> broker 9 }\n',
    says: [
      'line 3, column 5: kill broker 4: there is no broker 4; there are brokers 1 to 3',
      'line 5, column 5: cut daemon 0 -> broker 9: there is no broker 9',
      'line 5, column 5: cut daemon 0 -> broker 9: there is no daemon 0; there are daemons 1 to 2',
    ],
  },
  {
    what: 'a fault on the processes of a given cluster',
    text: `${given}faults:\n  - { at: 5s, kill: zookeeper }\n  - { at: 5s, cut: daemon 1 -> every broker }\n`,
    says: [
      'line 4, column 5: kill zookeeper: the cluster is given, and none of its processes is touched',
      'line 5, column 5: cut daemon 1 -> every broker: the cluster is given, and its brokers name their own addresses',
    ],
  },
  {
    what: 'a fault inside another program',
    text: `${title}daemons:\n  - { count: 1 }\n  - { name: theirs, count: 1, command: 'other {address}' }\nfaults:\n  - { at: 5s, crash: default/group/*, in: daemon 2 }\n`,
    says: ['line 6, column 5: crash default/group/* in daemon 2: theirs is started by a command of its own'],
  },
  {
    what: 'a link to brokers that cannot have one for each daemon',
    text: `${title}cluster: { kafka: 0.11.0.3 }\nfaults:\n  - { at: 5s, delay: daemon 1 -> broker 1, by: 1s }\n`,
    says: [
      'line 4, column 5: delay daemon 1 -> broker 1: a broker of Kafka 0.11.0.3 tells every daemon the same address',
    ],
  },
  {
    what: 'a fault inside a daemon that lasts longer than it lets one',
    text: `${title}duration: 15m\nfaults:\n  - { at: 5m, full: a, in: daemon 1 }\n  - { at: 4s, slow: b, in: daemon 1 }\nrandom: { every: 1m, of: { slow: c, in: any daemon, for: 1s..11m } }\n`,
    says: [
      'line 5, column 5: slow lasts up to 896s; inside a daemon a fault lasts 10m at most: give it a for',
      'line 6, column 26: slow lasts up to 11m; inside a daemon a fault lasts 10m at most',
    ],
  },
  {
    what: 'chance on the timeline',
    text: fault('at: 5s', 'kill: any broker'),
    says: ['line 3, column 5: kill any broker: any is for random; name one here, or every'],
  },
  {
    what: 'a fault after the end',
    text: fault('at: 30s', 'kill: broker 1'),
    says: ['line 3, column 5: kill at 30s begins when the run of 30s is over; begin earlier, or raise duration'],
  },
  {
    what: 'a fault over the end',
    text: fault('at: 28s', 'kill: broker 1', 'for: 5s'),
    says: ['line 3, column 5: kill at 28s ends at 33s, after the run of 30s; leave out for, or raise duration'],
  },
  {
    what: 'two faults of one process at a time',
    text: fault('at: 5s', 'kill: broker 1', 'for: 5s') + '  - { at: 9s, freeze: every broker, for: 2s }\n',
    says: ['line 6, column 5: freeze broker 1 at 9s for 2s overlaps with kill broker 1 at 5s for 5s (line 3)'],
  },
  {
    what: 'two faults of one link at a time',
    text:
      fault('at: 5s', 'cut: daemon 1 -> every broker') + '  - { at: 9s, halfOpen: daemon 1 -> broker 2, for: 2s }\n',
    says: [
      'line 5, column 5: halfOpen daemon 1 -> broker 2 at 9s for 2s overlaps with cut daemon 1 -> broker 2 at 5s for 25s (line 3)',
    ],
  },
  {
    what: 'the session of a daemon that is gone',
    text: fault('at: 5s', 'kill: daemon 1', 'for: 5s') + '  - { at: 6s, expireSession: daemon 1 }\n',
    says: ['line 6, column 5: expireSession daemon 1 at 6s overlaps with kill daemon 1 at 5s for 5s (line 3)'],
  },
  // --- at random
  {
    what: 'chance among nothing',
    text: `${title}random: { every: 2s }\n`,
    says: ['line 2, column 9: random.of is missing; allowed: a map with one fault'],
  },
  {
    what: 'times that leave none',
    text: `${title}random: { from: 20s, until: 10s, of: { kill: any broker } }\n`,
    says: ['line 2, column 17: random.from: 20s leaves no time before 10s'],
  },
  {
    what: 'a time after the end',
    text: `${title}random: { until: 40s, of: { kill: any broker } }\n`,
    says: ['line 2, column 18: random.until: 40s is after the run of 30s'],
  },
  {
    what: 'a range the wrong way round',
    text: `${title}random: { of: { kill: any broker, for: 4s..1s } }\n`,
    says: ['line 2, column 40: random.of.for: "4s..1s" is not allowed; allowed: a duration of at most 1h, or two'],
  },
  {
    what: 'far too many',
    text: `${title}duration: 1h\nrandom: { every: 1s, of: { kill: any broker } }\n`,
    says: ['line 3, column 18: random.every: more than 200 faults; make it longer'],
  },
  {
    what: 'a fault at random that there is no time for',
    text: `${title}duration: 20s\nrandom: { of: [{ kill: any broker, for: 16s..18s }, { kill: any daemon, for: 9s..18s }] }\n`,
    says: [
      'line 3, column 16: kill lasts 16s at least; from 5s (random.from) to the end of the run there are 15s: make it shorter, or raise duration',
    ],
  },
  // --- how much is posted
  {
    what: 'more messages than a run can keep, of all producers together',
    text: `${title}duration: 10m\nworkload:\n  produce: [{ rate: 1000 }, { topic: orders, rate: 700 }]\n`,
    says: [
      'line 4, column 3: workload.produce.rate: 1700 messages a second for 10m are 1,020,000; at most 1,000,000 are posted in a run',
    ],
  },
  // --- the file
  {
    what: 'a colon in a text',
    text: 'title: What happens: a broker dies\n',
    says: [
      'line 1, column 8: Nested mappings are not allowed in compact mappings; put a text with ": " in it in quotes',
    ],
  },
  {
    what: 'an indentation by tabs',
    text: `${title}cluster:\n\tbrokers: 3\n`,
    says: ['line 3, column 1: Tabs are not allowed as indentation; indent with spaces'],
  },
  {
    what: 'an alias',
    text: `${title}faults: &f []\nrandom: *f\n`,
    says: ['line 3, column 9: a text that begins with * needs quotes; aliases, which YAML writes so, are not read'],
  },
  {
    what: 'two documents',
    text: `${title}---\n${title}`,
    says: ['line 2, column 1: a second YAML document; a script is one'],
  },
  {
    what: 'hostile depth',
    text: `title: ${'['.repeat(30_000)}`,
    says: ['line 1, column 48: nested too deep for a script'],
  },
];

describe('a script with a mistake in it', () => {
  it.each(bad)('$what', ({ text, says }) => {
    const found = mistakesOf(text);
    expect(found.map((line, at) => line.slice(0, says[at]?.length ?? line.length))).toEqual(says);
  });

  it('gets every mistake at once, in the order of the lines, and no more than twenty', () => {
    const lines = Array.from({ length: 30 }, (_, at) => `key${at}: 1`);
    const found = mistakesOf([...lines, 'title: What happens?'].join('\n'));
    expect(found).toHaveLength(21);
    expect(found[1]).toMatch(/^line 2, column 1: unknown key "key1"/);
    expect(found.at(-1)).toBe('and 10 more');
  });

  it('is not quoted at length', () => {
    const [line] = mistakesOf(`${title}duration: ${'9'.repeat(5000)}\n`);
    expect(line!.length).toBeLessThan(250);
  });
});

describe('a script file', () => {
  it('that is not there, or is too large, is refused', () => {
    const folder = mkdtempSync(join(tmpdir(), 'script-'));
    try {
      const path = join(folder, 'large.yaml');
      expect(() => readScriptFile(path)).toThrow(
        /large\.yaml is no script that can be run:\n {2}there is no such file$/,
      );
      expect(() => readScriptFile(folder)).toThrow('it is a folder; name its files, as in chaos/*.yaml');
      writeFileSync(path, `${title}#${'x'.repeat(scriptBytesMax)}`);
      expect(() => readScriptFile(path)).toThrow(`larger than ${scriptBytesMax} bytes`);
      writeFileSync(path, `${title}\0`);
      expect(() => readScriptFile(path)).toThrow('it is no text');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
