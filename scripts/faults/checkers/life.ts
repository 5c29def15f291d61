import type { History, Timing, Violation } from '../history.js';

/** Nothing hangs, nothing crashes, and whoever is told to stop does so in time and says that all is well. */
export function checkLife({ hangs, ends, defects, stuck }: History, { drainTimeoutMs, slackMs }: Timing): Violation[] {
  return [
    ...hangs.map(({ daemon, request, tookMs }) => ({
      check: 'hang',
      text: `${daemon} took ${Math.round(tookMs)} ms for ${request}`,
    })),
    ...ends.flatMap(({ daemon, how, exitCode, signal, tookMs, overdue }) => {
      if (how === 'killed') return [];
      const end = `exit code ${exitCode ?? 'none'}${signal === null ? '' : `, ${signal}`}`;
      if (how === 'by-itself') return [{ check: 'crash', text: `${daemon} ended by itself, ${end}` }];
      if (overdue || tookMs > drainTimeoutMs + slackMs)
        return [
          { check: 'hang', text: `${daemon} took ${Math.round(tookMs)} ms to stop, its bound is ${drainTimeoutMs} ms` },
        ];
      return exitCode === 0 ? [] : [{ check: 'exit code', text: `${daemon} was told to stop and ended with ${end}` }];
    }),
    ...defects.map(({ daemon, line }) => ({ check: 'defect', text: `${daemon}: ${line}` })),
    ...stuck.map((text) => ({ check: 'hang', text })),
  ];
}
