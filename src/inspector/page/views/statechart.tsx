import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { chartOf } from '../charts.js';
import type { ActorView, StateEntry } from '../model/picture.js';
import { activePaths } from '../model/states.js';
import { around, fitted, panned, viewBox, zoomed, type Point, type Viewport } from '../model/viewport.js';

const zoomStep = 1.35;
/** A part of what is seen, by a key. */
const panStep = 0.15;
/** Smaller than this, of its own size, a drawing cannot be read. */
const scaleMin = 0.6;
/** A transition longer ago than this is not shown as just taken. */
const justMs = 1500;

interface Drawing {
  readonly kind: string;
  /** `undefined`: this machine has none. */
  readonly svg: SVGSVGElement | undefined;
  readonly whole: Viewport;
  readonly states: readonly Element[];
  readonly labels: ReadonlyMap<string, Element>;
}

/** The machine of the actor with its active states lit; what was taken flashes. */
export function Statechart({ actor, nowMs }: { readonly actor: ActorView; readonly nowMs: number }) {
  const drawing = useDrawing(actor.kind);
  const paper = useRef<HTMLDivElement>(null);
  const lastEntry = useRef<StateEntry | undefined>(undefined);

  useLayoutEffect(() => {
    if (drawing?.svg) paper.current?.replaceChildren(drawing.svg);
    lastEntry.current = undefined;
  }, [drawing, actor.address]);
  const view = useViewport(paper, drawing);
  useLayoutEffect(() => {
    if (!drawing?.svg) return;
    const active = activePaths(actor.value);
    for (const state of drawing.states)
      state.classList.toggle('active', active.has(state.getAttribute('data-state') ?? ''));
    const last = actor.states.last;
    if (last === lastEntry.current) return;
    view.follow();
    const seen = lastEntry.current;
    lastEntry.current = last;
    if (seen) flash(drawing, newer(actor, seen, nowMs));
  });

  if (!drawing) return <div class="chart-paper" />;
  if (!drawing.svg) return <NoDrawing actor={actor} />;
  return (
    <div class="chart-frame">
      <div
        ref={paper}
        class="chart-paper"
        tabIndex={0}
        role="group"
        aria-label={`Statechart of ${actor.kind}: plus and minus zoom, arrows move, 0 shows the whole, f follows the active states`}
        onKeyDown={(event) => {
          if (!event.ctrlKey && !event.metaKey && !event.altKey && view.onKey(event.key)) event.preventDefault();
        }}
      />
      <div class="chart-tools">
        <button aria-label="Nearer" title="Nearer (+)" onClick={() => view.onKey('+')}>
          +
        </button>
        <button aria-label="Farther" title="Farther (−)" onClick={() => view.onKey('-')}>
          −
        </button>
        <button title="The whole drawing (0)" onClick={() => view.onKey('0')}>
          Whole
        </button>
        <button title="Keep the active states in sight (f)" onClick={() => view.onKey('f')}>
          Follow
        </button>
      </div>
    </div>
  );
}

function NoDrawing({ actor }: { readonly actor: ActorView }) {
  const paths = new Set(actor.states.items.flatMap(({ value }) => [...activePaths(value)]).filter(Boolean));
  const active = activePaths(actor.value);
  return (
    <div class="chart-none muted">
      <p>There is no drawing of {actor.kind === '' ? 'this machine' : actor.kind}. States it was seen in:</p>
      <ul>
        {[...paths].sort().map((path) => (
          <li key={path} class={active.has(path) ? 'tone tone-ok' : ''}>
            {path}
            {active.has(path) && ' (now)'}
          </li>
        ))}
      </ul>
    </div>
  );
}

function useDrawing(kind: string): Drawing | undefined {
  const [drawing, setDrawing] = useState<Drawing>();
  useEffect(() => {
    let isWanted = true;
    if (kind !== '')
      void chartOf(kind).then((svg) => {
        if (isWanted) setDrawing(drawingOf(kind, svg));
      });
    return () => {
      isWanted = false;
    };
  }, [kind]);
  return drawing?.kind === kind ? drawing : undefined;
}

function drawingOf(kind: string, svg: SVGSVGElement | undefined): Drawing {
  const { x = 0, y = 0, width = 1, height = 1 } = svg?.viewBox.baseVal ?? {};
  const labels = [...(svg?.querySelectorAll('[data-transition]') ?? [])];
  return {
    kind,
    svg,
    whole: { x, y, width, height },
    states: [...(svg?.querySelectorAll('[data-state]') ?? [])],
    labels: new Map(labels.map((label) => [label.getAttribute('data-transition')!, label])),
  };
}

/** Entries since the one that was seen last, as far as they are not long ago. */
function newer(actor: ActorView, seen: StateEntry, nowMs: number): readonly StateEntry[] {
  const entries = actor.states.items;
  return entries.slice(entries.lastIndexOf(seen) + 1).filter(({ atMs }) => nowMs - atMs < justMs);
}

function flash({ labels }: Drawing, entries: readonly StateEntry[]): void {
  for (const id of entries.flatMap(({ taken }) => taken)) {
    const label = labels.get(id);
    if (!label) continue;
    label.classList.remove('taken');
    // An animation begins anew only when the class was seen to be gone.
    label.getBoundingClientRect();
    label.classList.add('taken');
  }
}

interface ViewportControl {
  /** Whether the key meant anything. */
  onKey(key: string): boolean;
  /** Keeps the active states in sight, until somebody looks elsewhere. */
  follow(): void;
}

/** Of these states the innermost, in the drawing's units. */
function middleOfActive({ states }: Drawing): Point | undefined {
  const active = states.findLast((state) => state.classList.contains('active')) as SVGGraphicsElement | undefined;
  if (!active) return undefined;
  const { x, y, width, height } = active.getBBox();
  return { x: x + width / 2, y: y + height / 2 };
}

/** What of the drawing is seen: by wheel (once it has the focus, so that a page still scrolls past it), by dragging, by keys. */
function useViewport(
  paper: { readonly current: HTMLDivElement | null },
  drawing: Drawing | undefined,
): ViewportControl {
  const view = useRef<Viewport | undefined>(undefined);
  const isFollowing = useRef(true);
  const proportions = (): number => (paper.current?.clientWidth || 1) / (paper.current?.clientHeight || 1);
  const show = (next: Viewport): void => {
    view.current = next;
    drawing?.svg?.setAttribute('viewBox', viewBox(next));
    paper.current?.classList.toggle('zoomed', drawing !== undefined && next.width < drawing.whole.width);
  };
  const look = (next: Viewport): void => {
    isFollowing.current = false;
    show(next);
  };
  const follow = (): void => {
    if (!drawing?.svg || !isFollowing.current) return;
    const { whole } = drawing;
    const widthMax = (paper.current?.clientWidth ?? 0) / scaleMin;
    show(around(whole, proportions(), widthMax || whole.width, middleOfActive(drawing) ?? whole));
  };
  useLayoutEffect(() => {
    const element = paper.current;
    if (!element || !drawing?.svg) return;
    isFollowing.current = true;
    const resized = new ResizeObserver(() => {
      if (isFollowing.current) follow();
      else show(fitted(view.current!, proportions()));
    });
    resized.observe(element);
    const release = onPointer(element, {
      zoom: (factor, at) => look(zoomed(view.current!, fitted(drawing.whole, proportions()), factor, at)),
      pan: (by) => look(panned(view.current!, drawing.whole, by)),
    });
    return () => {
      resized.disconnect();
      release();
    };
  }, [drawing]);
  const onKey = (key: string): boolean => {
    if (!view.current || !drawing) return false;
    if (key === 'f') {
      isFollowing.current = true;
      follow();
      return true;
    }
    const next = byKey(key, view.current, drawing.whole, proportions());
    if (next) look(next);
    return next !== undefined;
  };
  return { onKey, follow };
}

interface PointerPorts {
  zoom(factor: number, at: Point): void;
  pan(by: Point): void;
}

/** Answers how to stop listening. */
function onPointer(element: HTMLElement, { zoom, pan }: PointerPorts): () => void {
  const done = new AbortController();
  const { signal } = done;
  const partOf = ({ clientX, clientY }: MouseEvent) => {
    const box = element.getBoundingClientRect();
    return { x: (clientX - box.left) / box.width, y: (clientY - box.top) / box.height };
  };
  const wheel = (event: WheelEvent): void => {
    if (!event.ctrlKey && !element.contains(document.activeElement)) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 400), partOf(event));
  };
  let grabbed: Point | undefined;
  const down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    grabbed = partOf(event);
    element.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent): void => {
    if (!grabbed) return;
    const at = partOf(event);
    pan({ x: grabbed.x - at.x, y: grabbed.y - at.y });
    grabbed = at;
  };
  const up = (): void => {
    grabbed = undefined;
  };
  element.addEventListener('wheel', wheel, { passive: false, signal });
  element.addEventListener('pointerdown', down, { signal });
  element.addEventListener('pointermove', move, { signal });
  element.addEventListener('pointerup', up, { signal });
  element.addEventListener('pointercancel', up, { signal });
  return () => done.abort();
}

function byKey(key: string, view: Viewport, drawn: Viewport, proportions: number): Viewport | undefined {
  const whole = fitted(drawn, proportions);
  const pans: Record<string, { x: number; y: number }> = {
    ArrowLeft: { x: -panStep, y: 0 },
    ArrowRight: { x: panStep, y: 0 },
    ArrowUp: { x: 0, y: -panStep },
    ArrowDown: { x: 0, y: panStep },
  };
  const pan = pans[key];
  if (pan) return panned(view, drawn, pan);
  if (key === '+' || key === '=') return zoomed(view, whole, zoomStep);
  if (key === '-') return zoomed(view, whole, 1 / zoomStep);
  return key === '0' ? whole : undefined;
}
