import { describe, expect, it } from 'vitest';
import {
  brokerProperties,
  controllerProperties,
  javaArguments,
  zooKeeperProperties,
} from '../../src/cluster/configuration.js';
import { scramArguments, scramConfigArguments } from '../../src/cluster/listeners.js';
import { releaseOf } from '../../src/cluster/versions.js';

describe('the configuration of the servers', () => {
  const settings = {
    id: 2,
    endpoint: { host: '127.0.0.1', port: 9093 },
    zookeeper: { host: '127.0.0.1', port: 2181 },
    brokersTotal: 2,
    minInSyncReplicas: 2,
    dataFolder: '/data/b2',
  };

  it('replicates on all brokers and creates no topic by itself', () => {
    const lines = brokerProperties(releaseOf('3.9.1'), settings).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'broker.id=2',
        'listeners=PLAINTEXT://127.0.0.1:9093',
        'zookeeper.connect=127.0.0.1:2181',
        'default.replication.factor=2',
        'offsets.topic.replication.factor=2',
        'min.insync.replicas=2',
        'auto.create.topics.enable=false',
      ]),
    );
  });

  it('gives 0.8.2, which knows no listeners, a host and a port', () => {
    const lines = brokerProperties(releaseOf('0.8.2.2'), settings).split('\n');
    expect(lines).toEqual(expect.arrayContaining(['host.name=127.0.0.1', 'port=9093']));
    expect(lines.some((line) => line.startsWith('listeners='))).toBe(false);
  });

  const controller = { id: 100, endpoint: { host: '127.0.0.1', port: 9100 } };

  it('tells a broker of 4.0 and later of its controller, and of no ZooKeeper', () => {
    const lines = brokerProperties(releaseOf('4.4.0'), { ...settings, controller }).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'node.id=2',
        'process.roles=broker',
        'controller.quorum.voters=100@127.0.0.1:9100',
        'listeners=PLAINTEXT://127.0.0.1:9093',
      ]),
    );
    expect(lines.filter((line) => /^(zookeeper|broker\.id)/.test(line))).toEqual([]);
    expect(() => brokerProperties(releaseOf('4.4.0'), settings)).toThrow('need a controller');
  });

  it('lets the only broker be the controller too, on a port of its own', () => {
    const own = { ...controller, id: settings.id };
    const lines = brokerProperties(releaseOf('4.4.0'), { ...settings, controller: own }).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'process.roles=broker,controller',
        'listeners=PLAINTEXT://127.0.0.1:9093,CONTROLLER://127.0.0.1:9100',
      ]),
    );
  });

  it('gives a controller that is nothing else only its own listener', () => {
    expect(controllerProperties(controller, '/data/c').split('\n')).toEqual(
      expect.arrayContaining(['node.id=100', 'process.roles=controller', 'listeners=CONTROLLER://127.0.0.1:9100']),
    );
  });

  it('has further listeners stand beside the plain one', () => {
    const further = {
      listeners: [
        { name: 'SSL', protocol: 'SSL', host: '127.0.0.1', port: 9001 },
        { name: 'MUTUAL_SSL', protocol: 'SSL', host: '127.0.0.1', port: 9002 },
      ],
      properties: { 'listener.name.mutual_ssl.ssl.client.auth': 'required' },
    };
    const lines = brokerProperties(releaseOf('4.4.0'), { ...settings, controller, further }).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'listeners=PLAINTEXT://127.0.0.1:9093,SSL://127.0.0.1:9001,MUTUAL_SSL://127.0.0.1:9002',
        // A broker that is no controller must know the protocol of the controller's listener all the same.
        'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SSL:SSL,MUTUAL_SSL:SSL,CONTROLLER:PLAINTEXT',
        'listener.name.mutual_ssl.ssl.client.auth=required',
      ]),
    );
  });

  const clientListeners = [
    { name: 'CLIENT_1', protocol: 'PLAINTEXT', host: '127.0.0.1', port: 9600, advertisedPort: 9500 },
    { name: 'CLIENT_2', protocol: 'PLAINTEXT', host: '127.0.0.1', port: 9601, advertisedPort: 9501 },
  ];

  it('tells each client that has a listener of its own what stands before that, and brokers nothing of it', () => {
    const lines = brokerProperties(releaseOf('4.4.0'), { ...settings, controller, clientListeners }).split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'listeners=PLAINTEXT://127.0.0.1:9093,CLIENT_1://127.0.0.1:9600,CLIENT_2://127.0.0.1:9601',
        'advertised.listeners=PLAINTEXT://127.0.0.1:9093,CLIENT_1://127.0.0.1:9500,CLIENT_2://127.0.0.1:9501',
        'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CLIENT_1:PLAINTEXT,CLIENT_2:PLAINTEXT,CONTROLLER:PLAINTEXT',
      ]),
    );
    expect(lines.filter((line) => line.startsWith('inter.broker'))).toEqual([]);
  });

  it('makes a user known to the brokers before there is one', () => {
    const scram = { user: 'u', password: 'p', mechanisms: ['SCRAM-SHA-256', 'SCRAM-SHA-512'] };
    expect(scramArguments(scram)).toEqual([
      '--add-scram',
      'SCRAM-SHA-256=[name=u,password=p]',
      '--add-scram',
      'SCRAM-SHA-512=[name=u,password=p]',
    ]);
    const written = scramConfigArguments(settings.zookeeper, scram);
    expect(written.slice(0, 2)).toEqual(['--zookeeper', '127.0.0.1:2181']);
    expect(written.at(-1)).toBe('SCRAM-SHA-256=[password=p],SCRAM-SHA-512=[password=p]');
  });

  it('lets ZooKeeper grant sessions of one second and any number of clients', () => {
    const lines = zooKeeperProperties(settings.zookeeper, '/data/zk').split('\n');
    expect(lines).toEqual(expect.arrayContaining(['minSessionTimeout=1000', 'maxClientCnxns=0', 'clientPort=2181']));
  });

  it('puts the main class after every option of the virtual machine, and its arguments last', () => {
    const args = javaArguments('/jars', '/log.properties', {
      mainClass: 'kafka.Kafka',
      heapMiB: 64,
      properties: { a: 'b' },
      args: ['/broker.properties'],
    });
    expect(args).toContain('-Xmx64m');
    expect(args).toContain('-Da=b');
    expect(args.slice(-4)).toEqual(['-cp', '/jars/*', 'kafka.Kafka', '/broker.properties']);
  });
});
