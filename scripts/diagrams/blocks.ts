/** What a state and an arrow say, as blocks of text with their sizes: the layout has to know these before it begins. */
import type { MachineState, MachineTransition } from '../../src/machines/transitions.js';
import { textWidth, wrap, wrapProse, type Font, type Line, type Run } from './text.js';

export type Icon = 'clock' | 'loop';

/** One paragraph: a name, a description, a duty of a state, or the label of a transition. */
export interface Paragraph {
  readonly role: 'name' | 'description' | 'duty' | 'label' | 'tag';
  readonly font: Font;
  readonly lines: readonly Line[];
  readonly lineHeight: number;
  /** Id of the transition that this is the label of. */
  readonly transition?: string;
  readonly icon?: Icon;
  /** Of its top left corner, in the block. Pixels. */
  readonly x: number;
  readonly y: number;
}

export interface Block {
  readonly paragraphs: readonly Paragraph[];
  /** Of a thin line across the block, between what a state is and what it does. */
  readonly rule?: number;
  readonly width: number;
  readonly height: number;
}

type Unplaced = Omit<Paragraph, 'x' | 'y'>;

const nameFont: Font = { size: 13, bold: true };
const machineFont: Font = { size: 16, bold: true };
const tagFont: Font = { size: 9.5 };
const proseFont: Font = { size: 10.5 };
const dutyFont: Font = { size: 11 };
const labelFont: Font = { size: 11 };

const hang = 10;
export const iconWidth = 13;
const gap = 3;
const columnGap = 28;
const tagGap = 14;
/** A composite is wider than its text has to be, but what stands above its states makes the drawing higher. */
const compositeWidening = 1.4;
/** Lines of a composite's duties; the rest goes into further columns. */
const compositeRowsMax = 4;

/** Everything written in the box of a state; without the box's padding. */
export function stateBlock(
  state: MachineState,
  transitions: readonly MachineTransition[],
  { widthMax }: { widthMax: number },
): Block {
  const isMachine = state.path === '';
  const isComposite = state.children.length > 0;
  const font = isMachine ? machineFont : nameFont;
  const head = headOf(state, font);
  const lineMax = isComposite ? widthMax * compositeWidening : widthMax;
  const proseMax = Math.max(lineMax, head.width);
  const prose: Unplaced[] =
    state.description === undefined || isMachine
      ? []
      : [
          {
            role: 'description',
            font: proseFont,
            lines: wrapProse(state.description, proseFont, proseMax),
            lineHeight: 13,
          },
        ];
  const top = stack(prose, { y: head.height + 2 });
  const duties = dutiesOf(state, transitions, lineMax);
  if (duties.length === 0) {
    return blockOf([...head.paragraphs, ...top.paragraphs], Math.max(head.width, top.width), top.height);
  }
  const rule = top.height + 4;
  const rows = isComposite ? Math.max(compositeRowsMax, Math.ceil(duties.length / 3)) : duties.length;
  const bottom = columns(duties, rows, rule + 5);
  return {
    ...blockOf(
      [...head.paragraphs, ...top.paragraphs, ...bottom.paragraphs],
      Math.max(head.width, top.width, bottom.width),
      bottom.height,
    ),
    rule,
  };
}

/** The labels of the transitions that one arrow stands for, below each other. */
export function arrowBlock(transitions: readonly MachineTransition[], { widthMax }: { widthMax: number }): Block {
  return stack(
    transitions.map((transition) => labelOf(transition, widthMax)),
    { y: 0 },
  );
}

/** Whether a transition is told within its state, because it leads nowhere else. */
export function staysInside({ source, targets }: MachineTransition): boolean {
  return targets.length === 0 || (targets.length === 1 && targets[0] === source);
}

function headOf({ name, tags }: MachineState, font: Font): Block {
  const lineHeight = font.size + 3;
  const nameWidth = textWidth(name, font);
  const line = (text: string, of: Font): Line[] => [{ runs: [{ text }], indent: 0, width: textWidth(text, of) }];
  const paragraphs: Paragraph[] = [{ role: 'name', font, lines: line(name, font), lineHeight, x: 0, y: 0 }];
  let width = nameWidth;
  for (const tag of tags) {
    paragraphs.push({
      role: 'tag',
      font: tagFont,
      lines: line(tag, tagFont),
      lineHeight,
      x: width + tagGap,
      y: 0,
    });
    width += tagGap + textWidth(tag, tagFont);
  }
  return blockOf(paragraphs, tags.length > 0 ? width + 6 : width, lineHeight);
}

function dutiesOf(state: MachineState, transitions: readonly MachineTransition[], widthMax: number): Unplaced[] {
  const duty = (word: string, names: readonly string[]): Unplaced[] =>
    names.length === 0
      ? []
      : [
          {
            role: 'duty',
            font: dutyFont,
            lines: wrap([{ text: word, tone: 'word' }, ...listed(names)], dutyFont, widthMax, hang),
            lineHeight: 14,
          },
        ];
  return [
    ...duty('entry /', state.entry),
    ...duty('exit /', state.exit),
    ...duty('invoke', state.invoke),
    ...transitions
      .filter((transition) => transition.source === state.path && staysInside(transition))
      .map((transition) => labelOf(transition, widthMax)),
  ];
}

function labelOf(transition: MachineTransition, widthMax: number): Unplaced {
  const icon = iconOf(transition);
  const room = widthMax - (icon ? iconWidth : 0);
  return {
    role: 'label',
    font: labelFont,
    lines: wrap(runsOf(transition), labelFont, room, hang),
    lineHeight: 14,
    transition: transition.id,
    ...(icon && { icon }),
  };
}

function iconOf({ kind, reenter }: MachineTransition): Icon | undefined {
  if (kind === 'after') return 'clock';
  return reenter ? 'loop' : undefined;
}

function runsOf({ kind, event, guard, actions }: MachineTransition): Run[] {
  return [
    { text: event, tone: kind },
    ...(guard === undefined ? [] : [{ text: `[${guard}]`, tone: 'guard' }]),
    ...listed(actions).map(({ text }, at) => ({ text: at === 0 ? `/ ${text}` : text, tone: 'effect' })),
  ];
}

const listed = (names: readonly string[]): Run[] =>
  names.map((name, at) => ({ text: at < names.length - 1 ? `${name},` : name }));

function stack(paragraphs: readonly Unplaced[], { x = 0, y }: { x?: number; y: number }): Block {
  const placed: Paragraph[] = [];
  let bottom = y;
  for (const paragraph of paragraphs) {
    const top = placed.length === 0 ? y : bottom + gap;
    placed.push({ ...paragraph, x, y: top });
    bottom = top + paragraph.lines.length * paragraph.lineHeight;
  }
  return blockOf(placed, Math.max(0, ...paragraphs.map(paragraphWidth)), bottom);
}

function columns(paragraphs: readonly Unplaced[], rowsMax: number, y: number): Block {
  const placed: Paragraph[] = [];
  let x = 0;
  let height = y;
  for (let at = 0; at < paragraphs.length; at += rowsMax) {
    const column = stack(paragraphs.slice(at, at + rowsMax), { x, y });
    placed.push(...column.paragraphs);
    x += column.width + columnGap;
    height = Math.max(height, column.height);
  }
  return blockOf(placed, Math.max(0, x - columnGap), height);
}

const blockOf = (paragraphs: readonly Paragraph[], width: number, height: number): Block => ({
  paragraphs,
  width,
  height,
});

const paragraphWidth = ({ lines, icon }: Unplaced): number =>
  (icon ? iconWidth : 0) + Math.max(...lines.map(({ indent, width }) => indent + width));
