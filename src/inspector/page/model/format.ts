/** `12:03:05.250` of a moment, where the viewer is. */
export function clockTime(wallMs: number, withMs = true): string {
  const date = new Date(wallMs);
  const two = (value: number) => String(value).padStart(2, '0');
  const seconds = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return withMs ? `${seconds}.${String(date.getMilliseconds()).padStart(3, '0')}` : seconds;
}

/** `250 ms`, `3.2 s`, `4 min 10 s`, `2 h 5 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  if (ms < 999.5) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return joined(minutes, 'min', seconds % 60, 's');
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? joined(hours, 'h', minutes % 60, 'min') : joined(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

const joined = (much: number, unit: string, little: number, smaller: string): string =>
  little === 0 ? `${much} ${unit}` : `${much} ${unit} ${little} ${smaller}`;

/** `0`, `0.4`, `12`, `1,234`. */
export function rate(perSecond: number): string {
  if (perSecond === 0) return '0';
  return perSecond < 9.95 ? perSecond.toFixed(1) : Math.round(perSecond).toLocaleString('en');
}

/** `1 actor`, `2 actors`, `5,000 actors`. */
export const counted = (count: number, noun: string): string =>
  `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
