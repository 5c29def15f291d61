import type { InspectRecord, InspectRecordType, ServerFrame } from '../../src/inspector/protocol.js';
import type { ViewerSocket } from '../../src/inspector/viewer.js';

/** A viewer's socket that takes everything at once, or nothing more after a while. */
export class FakeSocket implements ViewerSocket {
  readonly frames: ServerFrame[] = [];
  /** Every frame as it was given. */
  readonly sent: Buffer[] = [];
  /** Takes nothing any more: what is sent to it waits. */
  isPaused = false;
  waitingBytes = 0;
  pings = 0;
  closed: { readonly code: number; readonly reason: string } | undefined;
  isDestroyed = false;
  /** As a real socket, which tells afterwards that it is closed. */
  onClosed = (): void => {};

  send(frame: Buffer): void {
    this.sent.push(frame);
    if (this.isPaused) this.waitingBytes += frame.length;
    else this.frames.push(JSON.parse(frame.toString()) as ServerFrame);
  }

  /** Takes what waits, and everything from now on. */
  resume(): void {
    this.isPaused = false;
    this.waitingBytes = 0;
    this.frames.splice(0, Infinity, ...this.sent.map((frame) => JSON.parse(frame.toString()) as ServerFrame));
  }

  ping(): void {
    this.pings++;
  }

  close(code: number, reason: string): void {
    this.closed = { code, reason };
  }

  destroy(): void {
    this.isDestroyed = true;
    this.onClosed();
  }

  /** Of the time before it came. */
  get past(): InspectRecord[] {
    return this.frames.flatMap((frame) => (frame.type === 'past' ? frame.records : []));
  }

  get records(): InspectRecord[] {
    return this.frames.flatMap((frame) => (frame.type === 'records' ? frame.records : []));
  }

  of<T extends InspectRecordType>(type: T): Extract<InspectRecord, { type: T }>[] {
    return this.records.filter((record) => record.type === type) as Extract<InspectRecord, { type: T }>[];
  }

  answers<T extends ServerFrame['type']>(type: T): Extract<ServerFrame, { type: T }>[] {
    return this.frames.filter((frame) => frame.type === type) as Extract<ServerFrame, { type: T }>[];
  }
}
