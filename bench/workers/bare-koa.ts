import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa from 'koa';
import { messageValue } from '../load/requests.js';
import { serveCalls } from '../processes/calls.js';

/** As a consume request of the daemon is answered. */
function deliveryAnswer(messageBytes: number): string {
  const value = messageValue(messageBytes).toString('base64');
  return `{\n  "key": null,\n  "value": "${value}",\n  "partition": 3,\n  "offset": 12345,\n  "headers": []\n}`;
}

function readBody(req: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks)));
  });
}

export const operations = {
  /** Answers every GET like a consume request, and every POST, once its body is read, like an async produce request. */
  async listen({ messageBytes }: { readonly messageBytes: number }): Promise<number> {
    const delivery = deliveryAnswer(messageBytes);
    const app = new Koa();
    app.use(async (context) => {
      if (context.method === 'POST') await readBody(context.req);
      context.set('Content-Type', 'application/json');
      context.body = context.method === 'POST' ? '{}' : delivery;
    });
    return new Promise((resolve) => {
      const server = app.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    });
  },
};

serveCalls(operations);
