import type { History, Violation } from '../history.js';
import { place } from './lost.js';

/** Where a group was set back, everything from there on comes again. */
export function checkSetBack({ faults, deliveries, log }: History): Violation[] {
  return faults.flatMap(({ startMs, positions = [] }) =>
    positions.flatMap(({ group, partition, offset }) => {
      const since = new Set(
        deliveries
          .filter((each) => each.group === group && each.partition === partition && each.receivedMs >= startMs)
          .map(place),
      );
      return log.flatMap((entry) => {
        if (entry.partition !== partition || entry.offset < offset || since.has(place(entry))) return [];
        const text = `${place(entry)} did not come again, though group ${group} was set back to ${offset} at ${Math.round(startMs)} ms`;
        return [{ check: 'not from where it was set', text }];
      });
    }),
  );
}
