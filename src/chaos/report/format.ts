/** `250 ms`, `3.2 s`, `41 s`, `2 min 5 s`, `1 h 2 min`. */
export function duration(ms: number): string {
  if (ms < 999.5) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? joined(minutes, 'min', seconds % 60, 's')
    : joined(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
}

const joined = (much: number, unit: string, little: number, smaller: string): string =>
  little === 0 ? `${much} ${unit}` : `${much} ${unit} ${little} ${smaller}`;

/** A moment of a run, from the beginning of the load: `8.0 s`, `59.9 s`, `1:00.0`. */
export function moment(ms: number): string {
  const tenths = Math.round(ms / 100);
  if (Math.abs(tenths) < 600) return `${(tenths / 10).toFixed(1)} s`;
  const minutes = Math.floor(tenths / 600);
  return `${minutes}:${((tenths % 600) / 10).toFixed(1).padStart(4, '0')}`;
}

/** `8.0 s – 13.0 s`; one moment for what happens at once. */
export const span = (fromMs: number, toMs: number): string =>
  moment(fromMs) === moment(toMs) ? moment(fromMs) : `${moment(fromMs)} – ${moment(toMs)}`;

export const number = (value: number): string => value.toLocaleString('en');

/** `1 post`, `2 posts`, `5,000 posts`. */
export const counted = (count: number, noun: string, plural = `${noun}s`): string =>
  `${number(count)} ${count === 1 ? noun : plural}`;

/** `2026-11-23T08:05:30`, of universal time; no zone at the end, as JUnit's schema has it. */
export const isoSeconds = (wallMs: number): string => isoFormat.format(wallMs).replace(' ', 'T');

// Sweden writes a date as ISO does.
const isoFormat = new Intl.DateTimeFormat('sv-SE', { timeZone: 'UTC', dateStyle: 'short', timeStyle: 'medium' });

/** By name, numbers in them by their value: `daemon 2` before `daemon 10`. */
export const byName = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });
