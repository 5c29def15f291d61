/** Where everything in a drawing lies: the layered layout of ELK, asked for in several ways, of which the most legible is kept. */
import elk, { type ElkExtendedEdge, type ElkNode, type LayoutOptions } from 'elkjs/lib/elk.bundled.js';
import type { MachineChart, MachineState, MachineTransition } from '../../src/machines/transitions.js';
import { arrowBlock, stateBlock, staysInside, type Block } from './blocks.js';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface PlacedState extends Box {
  readonly state: MachineState;
  readonly block: Block;
  /** Top left corner of the block. */
  readonly text: Point;
}

export interface PlacedArrow {
  /** None: the arrow from the dot at which a composite begins. */
  readonly transitions: readonly MachineTransition[];
  /** One for each target. */
  readonly lines: readonly (readonly Point[])[];
  readonly label?: Box & { readonly block: Block };
}

/** Pixels. Parents come before their children. */
export interface Placed {
  readonly width: number;
  readonly height: number;
  readonly states: readonly PlacedState[];
  readonly dots: readonly Point[];
  readonly arrows: readonly PlacedArrow[];
}

/** Between the border of a state and its text. */
export const padding = { x: 10, y: 7 } as const;
export const dotRadius = 5;

/** Of the text of a state with its padding: the whole box of a leaf, the upper part of a composite. */
export const headHeight = ({ height }: Block): number => height + 2 * padding.y;

/** One way to lay a chart out. */
interface Manner {
  readonly direction: 'RIGHT' | 'DOWN';
  /** Of a line of text. Pixels. */
  readonly widthMax: number;
  /** Whose arrows run against the direction: those that make the fewest, or those that lead back to where one has been. */
  readonly cycleBreaking: 'GREEDY' | 'DEPTH_FIRST';
  /** Of ELK's tries to have few crossings. */
  readonly seed: number;
}

const manners: readonly Manner[] = [
  { direction: 'DOWN', widthMax: 170, cycleBreaking: 'GREEDY', seed: 1 },
  { direction: 'DOWN', widthMax: 200, cycleBreaking: 'GREEDY', seed: 2 },
  { direction: 'DOWN', widthMax: 170, cycleBreaking: 'DEPTH_FIRST', seed: 1 },
  { direction: 'DOWN', widthMax: 200, cycleBreaking: 'DEPTH_FIRST', seed: 2 },
  { direction: 'RIGHT', widthMax: 150, cycleBreaking: 'GREEDY', seed: 3 },
];

/** The best of several drawings of the chart. */
export async function layout(chart: MachineChart): Promise<Placed> {
  const drawings: Placed[] = [];
  for (const manner of manners) drawings.push(await layoutIn(chart, manner));
  return drawings.reduce((best, drawing) => (effort(drawing) < effort(best) ? drawing : best));
}

/** What a drawing should fit into to be read without moving it: a screen of 1440 x 900, within the frame of a browser. */
const screen = { width: 1400, height: 900 } as const;

/**
 * How hard a drawing is to read: how long its arrows are to follow, the more the smaller it is shown, and the more the later
 * the machine begins. It is shown as wide as the screen; too much height is half as bad, because one scrolls down more
 * easily than one reads small letters.
 */
function effort({ width, height, arrows, dots }: Placed): number {
  const scale = Math.min(1, screen.width / width) * Math.sqrt(Math.min(1, screen.height / height));
  const length = arrows.flatMap(({ lines }) => lines).reduce((sum, points) => sum + lengthOf(points), 0);
  const beginning = dots[0] ? Math.min(dots[0].x / width, dots[0].y / height) : 0;
  return (length * (1 + beginning)) / scale ** 2;
}

/** Lines only run along the axes. */
function lengthOf(points: readonly Point[]): number {
  return points.slice(1).reduce((sum, { x, y }, at) => {
    const from = points[at] as Point;
    return sum + Math.abs(x - from.x) + Math.abs(y - from.y);
  }, 0);
}

/** One arrow for all transitions from one state to the same others: their labels then stand together. */
interface Arrow {
  readonly transitions: readonly MachineTransition[];
  readonly source: string;
  readonly targets: readonly string[];
  readonly block: Block;
}

async function layoutIn(chart: MachineChart, manner: Manner): Promise<Placed> {
  const blocks = new Map(chart.states.map((state) => [state.path, stateBlock(state, chart.transitions, manner)]));
  const arrows = arrowsOf(chart, manner);
  const graph = await new elk.default().layout(graphOf(chart, blocks, arrows, manner));
  return placed(chart, blocks, arrows, graph);
}

function arrowsOf(chart: MachineChart, manner: Manner): Arrow[] {
  const groups = new Map<string, MachineTransition[]>();
  for (const transition of chart.transitions.filter((one) => !staysInside(one))) {
    const key = [transition.source, ...transition.targets].join(' ');
    groups.set(key, [...(groups.get(key) ?? []), transition]);
  }
  return [...groups.values()].map((transitions) => {
    const { source, targets } = transitions[0] as MachineTransition;
    return { transitions, source, targets, block: arrowBlock(transitions, manner) };
  });
}

const stateId = (path: string): string => `state ${path}`;
const dotId = (path: string): string => `dot ${path}`;
const arrowId = (at: number, target: number): string => `arrow ${at} ${target}`;
const startId = (path: string): string => `start ${path}`;

function graphOf(
  chart: MachineChart,
  blocks: ReadonlyMap<string, Block>,
  arrows: readonly Arrow[],
  { direction, cycleBreaking, seed }: Manner,
): ElkNode {
  const states = new Map(chart.states.map((state) => [state.path, state]));
  const common: LayoutOptions = {
    ...layered,
    'elk.direction': direction,
    'elk.layered.cycleBreaking.strategy': cycleBreaking,
    'elk.randomSeed': String(seed),
  };
  // ELK 0.12 turns the smallest size of a nested node around together with the direction.
  const minimum = (width: number, height: number): string =>
    direction === 'DOWN' ? `(${height},${width})` : `(${width},${height})`;
  const nodeOf = (path: string): ElkNode => {
    const state = states.get(path) as MachineState;
    const block = blocks.get(path) as Block;
    const width = block.width + 2 * padding.x;
    const height = headHeight(block);
    if (state.children.length === 0) return { id: stateId(path), width, height };
    const dot = { id: dotId(path), width: 2 * dotRadius, height: 2 * dotRadius };
    return {
      id: stateId(path),
      layoutOptions: {
        ...common,
        'elk.padding': `[top=${height + 14},left=16,bottom=16,right=16]`,
        'elk.nodeSize.constraints': 'MINIMUM_SIZE',
        'elk.nodeSize.minimum': minimum(width, height),
      },
      children: [...(state.initial === undefined ? [] : [dot]), ...state.children.map(nodeOf)],
    };
  };
  return {
    id: 'drawing',
    layoutOptions: {
      ...common,
      'elk.padding': '[top=2,left=2,bottom=2,right=2]',
      'elk.json.shapeCoords': 'ROOT',
      'elk.json.edgeCoords': 'ROOT',
    },
    children: [nodeOf('')],
    edges: [
      ...chart.states.flatMap(({ path, initial }) =>
        initial === undefined ? [] : [edge(startId(path), dotId(path), stateId(initial))],
      ),
      ...arrows.flatMap(({ source, targets, block: { width, height } }, at) =>
        targets.map((target, which) => ({
          ...edge(arrowId(at, which), stateId(source), stateId(target)),
          ...(which === 0 && { labels: [{ text: ' ', width: width + 8, height: height + 2, layoutOptions: inline }] }),
        })),
      ),
    ],
  };
}

const edge = (id: string, source: string, target: string): ElkExtendedEdge => ({
  id,
  sources: [source],
  targets: [target],
});

const inline: LayoutOptions = { 'elk.edgeLabels.inline': 'true', 'elk.edgeLabels.placement': 'CENTER' };

const layered: LayoutOptions = {
  'elk.algorithm': 'layered',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.edgeLabels.centerLabelPlacementStrategy': 'SPACE_EFFICIENT_LAYER',
  'elk.spacing.nodeNode': '18',
  'elk.spacing.edgeNode': '10',
  'elk.spacing.edgeEdge': '10',
  'elk.spacing.edgeLabel': '2',
  'elk.layered.spacing.nodeNodeBetweenLayers': '18',
  'elk.layered.spacing.edgeNodeBetweenLayers': '10',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '9',
};

function placed(
  chart: MachineChart,
  blocks: ReadonlyMap<string, Block>,
  arrows: readonly Arrow[],
  graph: ElkNode,
): Placed {
  const nodes = new Map(nodesIn(graph).map((node) => [node.id, boxOf(node)]));
  const edges = new Map((graph.edges ?? []).map((one) => [one.id, one]));
  const box = (id: string): Box => found(nodes, id);
  const line = (id: string): Point[] => pointsOf(found(edges, id));
  const begun = chart.states.filter(({ initial }) => initial !== undefined).map(({ path }) => path);
  const starts: PlacedArrow[] = begun.map((path) => ({ transitions: [], lines: [line(startId(path))] }));
  const placedArrows = [
    ...starts,
    ...arrows.map(({ transitions, source, targets, block }, at): PlacedArrow => {
      const from = box(stateId(source));
      const head = headHeight(found(blocks, source));
      return {
        transitions,
        lines: targets.map((_target, which) => belowHead(line(arrowId(at, which)), from.y, from.y + head)),
        label: { ...boxOf(found(edges, arrowId(at, 0)).labels?.[0] ?? {}), block },
      };
    }),
  ];
  const lines = placedArrows.flatMap((arrow) => arrow.lines);
  return {
    width: Math.ceil(graph.width ?? 0),
    height: Math.ceil(graph.height ?? 0),
    states: chart.states.map((state) => {
      const block = found(blocks, state.path);
      const place = box(stateId(state.path));
      return { state, block, ...place, text: textPlace(place, block, lines) };
    }),
    dots: begun.map((path) => {
      const { x, y } = box(dotId(path));
      return { x: x + dotRadius, y: y + dotRadius };
    }),
    arrows: placedArrows,
  };
}

/** An arrow from a composite to one of its own states would cross the composite's text: it starts below that. */
function belowHead(points: Point[], top: number, bottom: number): Point[] {
  const [start, next, ...rest] = points as [Point, Point, ...Point[]];
  const crosses = start.y === top && start.x === next.x && next.y > bottom;
  return crosses ? [{ x: start.x, y: bottom }, next, ...rest] : points;
}

/** Lines that lead into a composite cross the place of its text: then the text stands beside them, if there is room. */
function textPlace({ x, y, width }: Box, block: Block, lines: readonly (readonly Point[])[]): Point {
  const top = y + padding.y;
  const crossings = lines
    .flatMap((points) => points.slice(1).map((to, at) => [points[at] as Point, to] as const))
    .filter(([from, to]) => Math.min(from.y, to.y) < top + block.height && Math.max(from.y, to.y) > top)
    .map(([from]) => from.x)
    .filter((at) => at > x && at < x + width)
    .sort((a, b) => a - b);
  const from = [x, ...crossings].find((left, at) => {
    const right = crossings[at] ?? x + width;
    return right - left >= block.width + 2 * padding.x;
  });
  return { x: (from ?? x) + padding.x, y: top };
}

function found<Value>(values: ReadonlyMap<string, Value>, id: string): Value {
  const value = values.get(id);
  if (value === undefined) throw new Error(`the layout has lost ${id}`);
  return value;
}

const nodesIn = (node: ElkNode): ElkNode[] => [node, ...(node.children ?? []).flatMap(nodesIn)];

const boxOf = ({ x = 0, y = 0, width = 0, height = 0 }: Partial<Box>): Box => ({ x, y, width, height });

function pointsOf({ sections = [] }: ElkExtendedEdge): Point[] {
  return sections.flatMap(({ startPoint, bendPoints = [], endPoint }) => [startPoint, ...bendPoints, endPoint]);
}
