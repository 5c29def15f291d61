import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { askBroker, type Endpoint, metadataRequest, parseMetadata } from '../../src/cluster/probes.js';

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex');

/** Metadata v0: brokers 1 and 2; topic `t` with partition 1 led by 2 and partition 0 without leader; topic `u` unknown. */
const BODY = hex(`
  00000000
  00000002
    00000001 0001 68 00002384
    00000002 0001 68 00002385
  00000002
    0000 0001 74
      00000002
        0000 00000001 00000002  00000002 00000001 00000002  00000001 00000002
        0005 00000000 ffffffff  00000000  00000000
    0003 0001 75 00000000
`);
const ANSWER = Buffer.concat([hex(BODY.length.toString(16).padStart(8, '0')), BODY]);

describe('the metadata probe', () => {
  let server: Server | undefined;
  afterEach(() => new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve()))));

  async function serve(answer: (send: (bytes: Buffer) => void, end: () => void) => void): Promise<Endpoint> {
    server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () =>
        answer(
          (bytes) => socket.write(bytes),
          () => socket.end(),
        ),
      );
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    return { host: '127.0.0.1', port: typeof address === 'object' && address !== null ? address.port : 0 };
  }

  it('asks with version 0, which every broker knows', () => {
    const clientId = Buffer.from('cluster-probe').toString('hex');
    expect(metadataRequest(['t'])).toEqual(hex(`0000001e 0003 0000 00000000 000d ${clientId} 00000001 0001 74`));
  });

  it('reads brokers and leaders, and leaves out topics with an error', () => {
    const { brokerIds, topics } = parseMetadata(ANSWER);
    expect(brokerIds).toEqual([1, 2]);
    expect([...topics]).toEqual([['t', { leaders: [-1, 2] }]]);
  });

  it('waits for an answer that comes in pieces', async () => {
    const endpoint = await serve((send) => {
      send(ANSWER.subarray(0, 3));
      setImmediate(() => send(ANSWER.subarray(3)));
    });
    expect((await askBroker(endpoint, ['t'])).brokerIds).toEqual([1, 2]);
  });

  it('takes a connection that is closed for no answer', async () => {
    const endpoint = await serve((send, end) => {
      send(ANSWER.subarray(0, 10));
      end();
    });
    await expect(askBroker(endpoint)).rejects.toThrow('closed the connection');
  });
});
