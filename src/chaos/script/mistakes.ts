import { nearest } from '../../config/config.js';
import { PixyError } from '../../errors/pixy-error.js';

/** Where something is written; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** What follows from one mistake would hide the next ones. */
const toldMax = 20;

/** What is wrong with a script, gathered so that its author hears of everything at once. */
export class Mistakes {
  readonly #found: { readonly at: Place; readonly text: string }[] = [];

  get count(): number {
    return this.#found.length;
  }

  note(at: Place, text: string): void {
    this.#found.push({ at, text });
  }

  /** @throws PixyError `bad-script` if there are any, in the order of their places. */
  throwIfAny(path: string): void {
    if (this.#found.length === 0) return;
    const lines = this.#found
      .sort((a, b) => a.at.line - b.at.line || a.at.column - b.at.column)
      .map(({ at, text }) => `\n  line ${at.line}, column ${at.column}: ${text}`);
    const more = lines.length > toldMax ? `\n  and ${lines.length - toldMax} more` : '';
    throw new PixyError('bad-script', { path, mistakes: lines.slice(0, toldMax).join('') + more });
  }
}

/** `bad value`, as every key says it. */
export function notAllowed(name: string, shown: string, allowed: string, meant?: string): string {
  const what = `${name}: ${JSON.stringify(shortened(shown))} is not allowed`;
  return meant === undefined ? `${what}; allowed: ${allowed}` : `${what}, did you mean ${meant}? Allowed: ${allowed}`;
}

/**
 * The name that was probably meant. One of which more than a third would have to change is a guess that misleads; two letters
 * may change places.
 */
export function meantName(given: string, names: readonly string[]): string | undefined {
  const found = nearest(given, names);
  const distanceMax = given.length > 3 ? Math.max(2, given.length / 3) : 1;
  return found && found.distance <= distanceMax ? found.name : undefined;
}

const shownCharsMax = 60;

/** What is quoted in an error need not be whole. */
export function shortened(text: string): string {
  return text.length > shownCharsMax ? `${text.slice(0, shownCharsMax)}…` : text;
}
