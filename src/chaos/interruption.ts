import { ChaosError } from './world/chaos-error.js';

/** What a run fails with that was told to end. `folder`: of logs that are kept; `undefined`: they were removed. */
export function interruption(folder?: string): ChaosError {
  const left = folder === undefined ? 'nothing is left behind' : `nothing is left behind but logs in ${folder}`;
  return new ChaosError(`the run was interrupted: nothing was judged, and ${left}`);
}

/** @throws ChaosError */
export function refuseInterrupted(ended: AbortSignal): void {
  if (ended.aborted) throw interruption();
}

/** What work comes to. Rejects as soon as it is told to end, however long the work goes on; that is left to itself then. */
export function unlessInterrupted<T>(ended: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onEnd = (): void => reject(interruption());
    if (ended.aborted) onEnd();
    ended.addEventListener('abort', onEnd, { once: true });
    void work.then(resolve, reject).finally(() => ended.removeEventListener('abort', onEnd));
  });
}
