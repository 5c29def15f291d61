/** The clock of a fault run: monotonic, from the start of this process. */
export const nowMs = (): number => performance.now();

/** A wall time of this machine on the clock of the run. */
export const fromWallMs = (wallMs: number): number => wallMs - performance.timeOrigin;

/** Rejects at once when the signal is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason as Error);
    const end = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', end);
      resolve();
    }, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}

const lookEveryMs = 50;

/** Whether `condition` came true within the deadline. Rejects when the signal is aborted. */
export async function comesTrue(
  condition: () => boolean | Promise<boolean>,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const end = nowMs() + deadlineMs;
  for (;;) {
    if (await condition()) return true;
    if (nowMs() > end) return false;
    await pause(lookEveryMs, signal);
  }
}
