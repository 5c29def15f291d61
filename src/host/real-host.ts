import { hostname, tmpdir } from 'node:os';
import type { Host } from './host.js';

/** The host of a real process. */
export function realHost(): Host {
  return {
    clock: {
      nowMs: () => performance.now(),
      wallMs: () => Date.now(),
      setTimeout: (fn, delayMs) => setTimeout(fn, delayMs),
      clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
    },
    random: { next: () => Math.random() },
    turns: {
      soon: (fn) => queueMicrotask(fn),
      afterIo: (fn) => void setImmediate(fn),
    },
    identity: {
      hostname: hostname(),
      pid: process.pid,
      startedAtWallMs: Math.round(performance.timeOrigin),
      env: process.env,
      userId: process.getuid?.(),
      temporaryFolder: tmpdir(),
    },
  };
}
