/**
 * A machine's chart as an SVG drawing, to be looked at alone and to be put into a page, which finds in it:
 *
 * - `<svg class="chart" data-machine="ID">`; its size is in `viewBox`, and its width and height may be set by the page.
 * - `<g class="state" data-state="PATH" data-type="atomic|compound|parallel|final|history">` for each state, once; the
 *   machine itself has the path ''. Parents come before their children and do not contain them: a page lights a state by
 *   the class `active`, and its parents likewise.
 * - `<g class="transition">` for each arrow. One arrow stands for all transitions from one state to another, so the id is
 *   not on the arrow but on its labels.
 * - `<text class="label" data-transition="ID">` for each transition, once: within its arrow, or within its state where it
 *   leads nowhere else. The class `taken` on it lights the label and the arrow around it for a moment; take it off before
 *   putting it on again.
 *
 * Nothing has an `id` and no rule of the style reaches outside `.chart`, so that a page can show several drawings.
 */
import type { MachineChart } from '../../src/machines/transitions.js';
import { iconWidth, type Block, type Icon, type Paragraph } from './blocks.js';
import { dotRadius, headHeight, type Box, type Placed, type PlacedArrow, type PlacedState, type Point } from './layout.js';
import { style } from './style.js';
import { lineText, type Line } from './text.js';

/** Ends with a line break. */
export function svg(chart: MachineChart, { width, height, states, dots, arrows }: Placed): string {
  const composites = states.filter(({ state }) => state.children.length > 0);
  const leaves = states.filter(({ state }) => state.children.length === 0);
  const regions = new Set(states.flatMap(({ state }) => (state.type === 'parallel' ? state.children : [])));
  const drawState = (placed: PlacedState): string => stateGroup(placed, { isRegion: regions.has(placed.state.path) });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="chart" data-machine="${escape(chart.id)}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(`Statechart of ${chart.id}`)}">`,
    `<style>${style}</style>`,
    `<rect class="back" width="${width}" height="${height}"/>`,
    ...arrows.map(arrowGroup),
    ...composites.map(drawState),
    ...dots.map(({ x, y }) => `<circle class="dot" cx="${n(x)}" cy="${n(y)}" r="${dotRadius}"/>`),
    ...leaves.map(drawState),
    '</svg>',
    '',
  ].join('\n');
}

function stateGroup({ state, block, text, ...box }: PlacedState, { isRegion }: { isRegion: boolean }): string {
  const isComposite = state.children.length > 0;
  const rules = [
    ...(block.rule === undefined ? [] : [text.y + block.rule]),
    ...(isComposite ? [box.y + headHeight(block)] : []),
  ];
  return [
    `<g class="state${isRegion ? ' region' : ''}" data-state="${escape(state.path)}" data-type="${state.type}">`,
    rectangle('box', box, 8),
    ...(state.type === 'final' ? [rectangle('inner', inset(box, 3), 5.5)] : []),
    ...rules.map((y) => `<path class="rule" d="M${n(box.x)} ${n(y)}h${n(box.width)}"/>`),
    ...paragraphs(block, text),
    '</g>',
  ].join('\n');
}

function arrowGroup({ transitions, lines, label }: PlacedArrow): string {
  return [
    `<g class="${transitions.length === 0 ? 'start' : 'transition'}">`,
    ...lines.flatMap((points) => [
      `<path class="line" d="${rounded(points)}"/>`,
      `<path class="head" d="${arrowHead(points)}"/>`,
    ]),
    ...(label
      ? [rectangle('back', label, 3), ...paragraphs(label.block, { x: label.x + 4, y: label.y + 1 })]
      : []),
    '</g>',
  ].join('\n');
}

const paragraphs = (block: Block, at: Point): string[] =>
  block.paragraphs.flatMap((paragraph) => paragraphText(paragraph, { x: at.x + paragraph.x, y: at.y + paragraph.y }));

function paragraphText(paragraph: Paragraph, { x, y }: Point): string[] {
  const { role, font, lines, lineHeight, transition, icon } = paragraph;
  const left = x + (icon ? iconWidth : 0);
  // Where most letters sit between two lines, in all fonts of the stack.
  const baseline = y + lineHeight / 2 + font.size * 0.35;
  const id = transition === undefined ? '' : ` data-transition="${escape(transition)}"`;
  const spans = lines.map((line, at) => lineSpan(line, { x: left, y: baseline + at * lineHeight }));
  return [
    ...(role === 'tag' ? [pill(paragraph, { x, y })] : []),
    ...(icon ? [iconPath(icon, { x: x + 4.5, y: y + lineHeight / 2 })] : []),
    `<text class="${role}" font-size="${font.size}"${id}>${spans.join('')}</text>`,
  ];
}

function lineSpan({ runs, indent, width }: Line, { x, y }: Point): string {
  const content = runs.some(({ tone }) => tone !== undefined)
    ? runs
        .map(({ text, tone }, at) => {
          const words = `${at > 0 ? ' ' : ''}${escape(text)}`;
          return tone === undefined ? words : `<tspan class="${tone}">${words}</tspan>`;
        })
        .join('')
    : escape(lineText(runs));
  return `<tspan x="${n(x + indent)}" y="${n(y)}" textLength="${n(width)}" lengthAdjust="spacingAndGlyphs">${content}</tspan>`;
}

function pill({ lines, lineHeight }: Paragraph, { x, y }: Point): string {
  const box = { x: x - 5, y: y + 1, width: (lines[0]?.width ?? 0) + 10, height: lineHeight - 2 };
  return rectangle('pill', box, box.height / 2);
}

function iconPath(icon: Icon, { x, y }: Point): string {
  const d =
    icon === 'clock'
      ? `M${n(x - 4)} ${n(y)}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0M${n(x)} ${n(y - 2.4)}v2.4l1.8 1.2`
      : `M${n(x + 3.6)} ${n(y - 1.6)}a4 4 0 1 0 .3 2.6M${n(x + 4)} ${n(y - 4.2)}v2.8h-2.8`;
  return `<path class="icon ${icon}" d="${d}"/>`;
}

/** A line through the points, its corners rounded. */
function rounded(points: readonly Point[]): string {
  const radius = 5;
  return points
    .map((point, at) => {
      const before = points[at - 1];
      const after = points[at + 1];
      if (!before) return `M${n(point.x)} ${n(point.y)}`;
      if (!after) return `L${n(point.x)} ${n(point.y)}`;
      const from = towards(point, before, radius);
      const to = towards(point, after, radius);
      return `L${n(from.x)} ${n(from.y)}Q${n(point.x)} ${n(point.y)} ${n(to.x)} ${n(to.y)}`;
    })
    .join('');
}

/** A point on the way from `from` to `to`, at most half of it away. */
function towards(from: Point, to: Point, distance: number): Point {
  const length = Math.abs(to.x - from.x) + Math.abs(to.y - from.y);
  const share = length === 0 ? 0 : Math.min(0.5, distance / length);
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

/** A triangle at the last point. Lines only run along the axes. */
function arrowHead(points: readonly Point[]): string {
  const tip = points.at(-1) as Point;
  const before = points.at(-2) as Point;
  const along = { x: Math.sign(tip.x - before.x), y: Math.sign(tip.y - before.y) };
  const back = { x: tip.x - along.x * 7, y: tip.y - along.y * 7 };
  const side = { x: along.y * 3.5, y: along.x * 3.5 };
  return `M${n(tip.x)} ${n(tip.y)}L${n(back.x + side.x)} ${n(back.y + side.y)}L${n(back.x - side.x)} ${n(back.y - side.y)}Z`;
}

const inset = ({ x, y, width, height }: Box, by: number): Box => ({
  x: x + by,
  y: y + by,
  width: width - 2 * by,
  height: height - 2 * by,
});

const rectangle = (name: string, { x, y, width, height }: Box, radius: number): string =>
  `<rect class="${name}" x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" rx="${radius}"/>`;

/** Tenths of a pixel: what is finer nobody sees, and might differ between computers. */
const n = (value: number): string => String(Math.round(value * 10) / 10);

const escape = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
