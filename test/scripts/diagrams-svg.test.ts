import { beforeAll, describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import { findMachines } from '../../scripts/check/machines.js';
import { headHeight, layout, padding, type Box, type Placed, type Point } from '../../scripts/diagrams/layout.js';
import { svg } from '../../scripts/diagrams/svg.js';
import { chart, type MachineChart } from '../../src/machines/transitions.js';
import { sample } from '../machines/sample.js';

interface Drawn {
  readonly model: MachineChart;
  readonly placed: Placed;
  readonly text: string;
}

async function drawn(model: MachineChart): Promise<Drawn> {
  const placed = await layout(model);
  return { model, placed, text: svg(model, placed) };
}

const machines = [sample, ...(await findMachines()).map(({ machine }) => machine)].map(chart);

const plain = (text: string): string =>
  text
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&');
const valuesOf = (text: string, attribute: string): string[] =>
  [...text.matchAll(new RegExp(` ${attribute}="([^"]*)"`, 'g'))].map(([, value]) => plain(value as string)).sort();

/** Touching borders do not count. */
const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
const pairs = <Item>(items: readonly Item[]): [Item, Item][] =>
  items.flatMap((one, at) => items.slice(at + 1).map((other): [Item, Item] => [one, other]));
const contains = (outer: Box, inner: Box): boolean =>
  inner.x >= outer.x - 0.1 &&
  inner.y >= outer.y - 0.1 &&
  inner.x + inner.width <= outer.x + outer.width + 0.1 &&
  inner.y + inner.height <= outer.y + outer.height + 0.1;
const isOnBorder = ({ x, y }: Point, box: Box): boolean => {
  const near = (a: number, b: number): boolean => Math.abs(a - b) < 0.5;
  const within = x > box.x - 0.5 && x < box.x + box.width + 0.5 && y > box.y - 0.5 && y < box.y + box.height + 0.5;
  return within && (near(x, box.x) || near(x, box.x + box.width) || near(y, box.y) || near(y, box.y + box.height));
};

describe.each(machines.map((model) => [model.id, model] as const))('the drawing of %s', (_id, model) => {
  let drawing: Drawn;
  beforeAll(async () => {
    drawing = await drawn(model);
  }, 60_000);

  it('shows every state and every transition once', () => {
    expect(valuesOf(drawing.text, 'data-state')).toEqual(model.states.map(({ path }) => path).sort());
    expect(valuesOf(drawing.text, 'data-transition')).toEqual(model.transitions.map(({ id }) => id).sort());
    expect(valuesOf(drawing.text, 'data-machine')).toEqual([model.id]);
  });

  it('keeps the states of one level apart, and each within its parent and below what the parent says', () => {
    const box = new Map(drawing.placed.states.map((one) => [one.state.path, one]));
    for (const parent of drawing.placed.states) {
      const children = parent.state.children.map((path) => box.get(path)!);
      const head = headHeight(parent.block);
      const inside = { ...parent, y: parent.y + head, height: parent.height - head };
      for (const child of children) expect(contains(inside, child), child.state.path).toBe(true);
      for (const [a, b] of pairs(children)) expect(overlap(a, b), `${a.state.path}, ${b.state.path}`).toBe(false);
    }
  });

  it('has room for what each state says', () => {
    for (const { state, block, text, ...box } of drawing.placed.states) {
      const written = { ...text, width: block.width, height: block.height };
      const inside = { ...box, width: box.width - padding.x, height: box.height - padding.y };
      expect(contains(inside, written), state.path).toBe(true);
    }
  });

  it('keeps the labels on the sheet, off the states and off each other', () => {
    const labels = drawing.placed.arrows.flatMap(({ label }) => (label ? [label] : []));
    const sheet = { x: 0, y: 0, width: drawing.placed.width, height: drawing.placed.height };
    const leaves = drawing.placed.states.filter(({ state }) => state.children.length === 0);
    for (const label of labels) {
      expect(label.width).toBeGreaterThan(0);
      expect(contains(sheet, label)).toBe(true);
      expect(leaves.filter((leaf) => overlap(leaf, label)).map(({ state }) => state.path)).toEqual([]);
    }
    expect(pairs(labels).filter(([a, b]) => overlap(a, b))).toEqual([]);
  });

  it('leads each arrow from the border of its source to the border of its target', () => {
    const box = new Map(drawing.placed.states.map((one) => [one.state.path, one]));
    for (const { transitions, lines } of drawing.placed.arrows) {
      const [transition] = transitions;
      if (!transition) continue;
      const source = box.get(transition.source)!;
      const head = { ...source, height: headHeight(source.block) };
      expect(lines).toHaveLength(transition.targets.length);
      for (const [at, points] of lines.entries()) {
        const target = box.get(transition.targets[at] as string)!;
        const start = points[0] as Point;
        expect(isOnBorder(start, source) || isOnBorder(start, head), transition.id).toBe(true);
        expect(isOnBorder(points.at(-1) as Point, target), transition.id).toBe(true);
      }
    }
  });

  it('can stand in a page beside others: no ids, no scripts, no rules that reach outside', () => {
    expect(drawing.text).not.toMatch(/ id="|<script|<foreignObject|href=|url\(/);
    const rules = /<style>([\s\S]*)<\/style>/.exec(drawing.text)?.[1] ?? '';
    const selectors = [...rules.matchAll(/(?:^|[{}]|\n)([^{}@]+)\{/g)].map(([, selector]) =>
      (selector as string).trim(),
    );
    const own = selectors.filter((selector) => !/^[\d%,]+$/.test(selector));
    expect(own.length).toBeGreaterThan(20);
    for (const selector of own.flatMap((one) => one.split(','))) expect(selector).toMatch(/^\.chart\b/);
  });

  it('closes every element that it opens', () => {
    const open: string[] = [];
    for (const [, end, name, empty] of drawing.text.matchAll(/<(\/?)([a-z]+)(?:[^<>"]|"[^"]*")*?(\/?)>/g)) {
      if (end === '/') expect(open.pop()).toBe(name);
      else if (empty !== '/') open.push(name as string);
    }
    expect(open).toEqual([]);
  });
});

describe('a drawing', () => {
  it('comes out the same again', async () => {
    const [first, second] = [await drawn(chart(sample)), await drawn(chart(sample))];
    expect(first.text).toBe(second.text);
  });

  it('escapes what would be markup', async () => {
    const machine = createMachine({
      id: 'a<b>&"c"',
      initial: 'x<y',
      states: { 'x<y': { description: '<script>"&"</script>', on: { '<&>': { target: 'z"z' } } }, 'z"z': {} },
    });
    const { model, text } = await drawn(chart(machine));
    expect(valuesOf(text, 'data-machine')).toEqual(['a<b>&"c"']);
    expect(valuesOf(text, 'data-state')).toEqual(['', 'x<y', 'z"z']);
    expect(valuesOf(text, 'data-transition')).toEqual(model.transitions.map(({ id }) => id));
    expect(text).toContain('&lt;script&gt;&quot;&amp;&quot;&lt;/script&gt;');
    expect(text).not.toMatch(/<script|<b>|<&|"z"z"/);
  });

  it('marks ends with a second border, parallel regions, delays, and states that are entered anew', async () => {
    const { text } = await drawn(chart(sample));
    const group = (path: string): string =>
      new RegExp(`<g class="state[^>]*data-state="${path}"[^>]*>[\\s\\S]*?</g>`).exec(text)?.[0] ?? '';
    expect(group('gone')).toContain('class="inner"');
    expect(group('idle')).not.toContain('class="inner"');
    expect(group('busy.left')).toContain('class="state region"');
    expect(group('busy')).toContain('data-type="parallel"');
    expect(group('idle')).toContain('class="icon loop"');
    expect(text).toMatch(/class="icon clock"[^\n]*\n<text class="label"[^\n]*after patience/);
    expect(text.match(/<circle class="dot"/g)).toHaveLength(3);
  });

  it('draws one arrow for all transitions between two states, and one for each target of one transition', async () => {
    const machine = createMachine({
      id: 'several',
      initial: 'a',
      states: {
        a: { on: { one: 'b', two: 'b', both: { target: ['b.left.y', 'b.right.y'] } } },
        b: {
          type: 'parallel',
          states: {
            left: { initial: 'x', states: { x: {}, y: {} } },
            right: { initial: 'x', states: { x: {}, y: {} } },
          },
        },
      },
    });
    const { text } = await drawn(chart(machine));
    const arrows = [...text.matchAll(/<g class="transition">[\s\S]*?<\/g>/g)].map(([group]) => ({
      labels: group.match(/class="label"/g)?.length,
      heads: group.match(/class="head"/g)?.length,
    }));
    expect(arrows).toEqual([
      { labels: 2, heads: 1 },
      { labels: 1, heads: 2 },
    ]);
  });
});
