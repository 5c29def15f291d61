import { describe, expect, it } from 'vitest';
import { lineText, textWidth, wrap, wrapProse } from '../../scripts/diagrams/text.js';

const font = { size: 10 };
const texts = (lines: ReturnType<typeof wrap>): string[] => lines.map(({ runs }) => lineText(runs));

describe('the width of a text', () => {
  it('is the sum of its letters in thousandths of the size, rounded up to tenths', () => {
    expect(textWidth('', font)).toBe(0);
    expect(textWidth('ail', font)).toBe(10); // 556 + 222 + 222
    expect(textWidth('AW0~', font)).toBe(27.6); // 667 + 944 + 556 + 584 = 2751
    expect(textWidth('AW0~', { ...font, bold: true })).toBe(28.1); // 722 + 944 + 556 + 584 = 2806
    expect(textWidth(' ', { size: 20 })).toBe(5.6);
  });

  it('takes a letter that it does not know for a wide one', () => {
    expect(textWidth('語', font)).toBe(10);
    expect(textWidth('\u{1F600}', font)).toBe(10);
  });
});

describe('breaking lines', () => {
  it('keeps each line within the width, indents all but the first, and measures them', () => {
    const runs = ['event', '[guard]', '/ act,', 'act'].map((text) => ({ text }));
    const lines = wrap(runs, font, 70, 8);
    expect(texts(lines)).toEqual(['event [guard]', '/ act, act']);
    expect(lines.map(({ indent }) => indent)).toEqual([0, 8]);
    for (const { runs: line, indent, width } of lines) {
      expect(width).toBe(textWidth(lineText(line), font));
      expect(indent + width).toBeLessThanOrEqual(70);
    }
  });

  it('leaves no word of prose alone on the last line when the lines above have some to spare', () => {
    expect(texts(wrapProse('one two three four five six', font, 110))).toEqual(['one two three', 'four five six']);
    expect(texts(wrapProse('one two', font, 110))).toEqual(['one two']);
    expect(texts(wrapProse('', font, 110))).toEqual(['']);
  });

  it('gives what is too long a line of its own', () => {
    expect(texts(wrapProse('a incomprehensibilities b', font, 30))).toEqual(['a', 'incomprehensibilities', 'b']);
  });
});
