import { PixyError } from '../errors/pixy-error.js';

const seedMax = 0xffff_ffff;

/** What `--seed` says, if it is given. @throws PixyError `bad-option` */
export function seedOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,10}$/.test(text) && Number(text) <= seedMax) return Number(text);
  throw new PixyError('bad-option', { option: '--seed', value: text, allowed: `a whole number from 0 to ${seedMax}` });
}
