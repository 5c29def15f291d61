import { WebSocket } from 'ws';
import { serveCalls } from '../processes/calls.js';

let frames = 0;
let bytes = 0;

export const operations = {
  /** Takes the stream of an inspector from now on, as a page does, and makes nothing of it. */
  async watch({ address }: { readonly address: string }): Promise<void> {
    const socket = new WebSocket(`ws://${address}/inspect/stream`);
    socket.on('message', (data: Buffer) => {
      frames++;
      bytes += data.length;
    });
    await new Promise((resolve, reject) => {
      socket.once('message', resolve);
      socket.once('error', reject);
    });
    socket.once('close', () => process.exit(1));
  },

  /** What came since the beginning. */
  async seen(_: object): Promise<{ readonly frames: number; readonly bytes: number }> {
    return { frames, bytes };
  },
};

serveCalls(operations);
