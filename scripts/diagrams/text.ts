/**
 * Text, measured without a browser: a drawing has to come out the same on every computer. The widths are those of Helvetica
 * (Adobe's font metrics), which Arial, Liberation Sans and Arimo share; each line is also told its width in the drawing, so
 * that another font is fitted to it.
 */
export const fontStack = "Helvetica, Arial, 'Liberation Sans', Arimo, sans-serif";

export interface Font {
  /** Pixels. */
  readonly size: number;
  readonly bold?: boolean;
}

/** A piece of a line in one tone. A line may only be broken between two of them. */
export interface Run {
  readonly text: string;
  /** A class of the style; the line's own tone where it is left out. */
  readonly tone?: string;
}

export interface Line {
  readonly runs: readonly Run[];
  /** Pixels, from the left of the text. */
  readonly indent: number;
  /** Pixels, without the indent. */
  readonly width: number;
}

/** Thousandths of the font's size, for the characters from the space to the tilde. */
const regular = table(
  '278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556*10 278 278 584 584 584 556 1015 667 667 722 722 667 ' +
    '611 778 722 278 500 667 556 833 722 778 667 778 722 667 611 722 667 944 667 667 611 278 278 278 469 556 333 556 556 ' +
    '500 556 556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 278 556 500 722 500 500 500 334 260 334 584',
);
const bold = table(
  '278 333 474 556 556 889 722 238 333 333 389 584 278 333 278 278 556*10 333 333 584 584 584 611 975 722 722 722 722 667 ' +
    '611 778 722 278 556 722 611 833 722 778 667 778 722 667 611 722 667 944 667 667 611 333 278 333 584 556 333 556 611 ' +
    '556 611 556 333 611 611 278 278 556 278 889 611 611 611 611 389 556 333 611 556 778 556 556 500 389 280 389 584',
);
/** For every other character: as wide as a wide one, rather too much than too little. */
const otherWidth = 1000;
const firstCharacter = 32;

function table(widths: string): readonly number[] {
  return widths.split(' ').flatMap((entry) => {
    const [width, times = '1'] = entry.split('*');
    return Array<number>(Number(times)).fill(Number(width));
  });
}

/** Pixels, rounded up to tenths. */
export function textWidth(text: string, { size, bold: isBold = false }: Font): number {
  const widths = isBold ? bold : regular;
  let thousandths = 0;
  for (const character of text) {
    thousandths += widths[(character.codePointAt(0) as number) - firstCharacter] ?? otherWidth;
  }
  return Math.ceil((thousandths * size) / 100) / 10;
}

/** Breaks runs into lines of at most `widthMax` pixels; a run that is longer has a line of its own. */
export function wrap(runs: readonly Run[], font: Font, widthMax: number, hang = 0): Line[] {
  const lines: Run[][] = [[]];
  for (const run of runs) {
    const line = lines.at(-1) as Run[];
    const indent = lines.length > 1 ? hang : 0;
    if (line.length > 0 && indent + lineWidth([...line, run], font) > widthMax) lines.push([run]);
    else line.push(run);
  }
  return lines.map((line, at) => ({ runs: line, indent: at > 0 ? hang : 0, width: lineWidth(line, font) }));
}

/** Prose, broken between its words into as few lines as there have to be, and these of much the same width. */
export function wrapProse(text: string, font: Font, widthMax: number): Line[] {
  const words = text
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => ({ text: word }));
  let lines = wrap(words, font, widthMax);
  for (;;) {
    const narrower = wrap(words, font, widest(lines) - 1);
    if (narrower.length > lines.length || widest(narrower) >= widest(lines)) return lines;
    lines = narrower;
  }
}

const widest = (lines: readonly Line[]): number => Math.max(...lines.map(({ width }) => width));

/** The runs of a line stand with a space between each two. */
export const lineText = (runs: readonly Run[]): string => runs.map(({ text }) => text).join(' ');

const lineWidth = (runs: readonly Run[], font: Font): number => textWidth(lineText(runs), font);
