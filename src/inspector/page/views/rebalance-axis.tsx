import { useEffect, useRef, useState } from 'preact/hooks';
import { clockTime } from '../model/format.js';
import type { GroupHistory } from '../model/group-histories.js';
import type { GroupSign } from '../model/group-members.js';
import { shareOf, type TimeFrame } from './rebalance-frame.js';

const lanes = 3;
/** Of a label, about. */
const pixelsPerCharacter = 6.4;
const ticksEvery: readonly number[] = [5000, 10_000, 20_000, 60_000, 120_000];
const ticksMax = 7;

export interface RebalanceAxisProps {
  readonly frame: TimeFrame;
  readonly history: GroupHistory;
  readonly topic: string;
  readonly wallAtZeroMs: number;
}

/** What happened to members, above the partitions, and when. */
export function RebalanceAxis({ frame, history, topic, wallAtZeroMs }: RebalanceAxisProps) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidthOf(box);
  const signs = withoutEchoes(history.members.signs).filter(
    (sign) => sign.atMs >= frame.fromMs && (sign.topic === undefined || sign.topic === topic),
  );
  return (
    <div class="rb-axis">
      <div class="rb-signs" ref={box}>
        {placed(signs, frame, width).map(({ sign, lane, isLabelled, endsLeft }) => (
          <span
            key={`${sign.atMs} ${sign.member} ${sign.kind}`}
            class={`rb-sign lane-${lane} ${endsLeft ? 'ends-left' : ''}`}
            style={{ left: `${shareOf(sign.atMs, frame).toFixed(2)}%` }}
            title={`${clockTime(wallAtZeroMs + sign.atMs)} ${sign.text}`}
          >
            {isLabelled && <span class="rb-sign-text">{sign.text}</span>}
          </span>
        ))}
        {ticksOf(frame, wallAtZeroMs).map((atMs) => (
          <span key={atMs} class="rb-tick" style={{ left: `${shareOf(atMs, frame).toFixed(2)}%` }}>
            {clockTime(wallAtZeroMs + atMs, false)}
          </span>
        ))}
      </div>
    </div>
  );
}

interface Placed {
  readonly sign: GroupSign;
  readonly lane: number;
  readonly isLabelled: boolean;
  /** Its label lies before it, because there is no room behind. */
  readonly endsLeft: boolean;
}

/** Labels that would lie over each other are put below each other, or left out: older ones first. */
function placed(signs: readonly GroupSign[], frame: TimeFrame, width: number): Placed[] {
  const begins = Array.from({ length: lanes }, () => Infinity);
  return signs.toReversed().map((sign) => {
    const x = (shareOf(sign.atMs, frame) / 100) * width;
    const needed = sign.text.length * pixelsPerCharacter + 10;
    const endsLeft = x + needed > width;
    const start = endsLeft ? x - needed : x;
    const lane = begins.findIndex((begin) => start + needed <= begin);
    if (lane < 0) return { sign, lane: 0, isLabelled: false, endsLeft };
    begins[lane] = start;
    return { sign, lane, isLabelled: true, endsLeft };
  });
}

/** Who leaves because nobody asks, or because its daemon is stopped, needs no second label. */
function withoutEchoes(signs: readonly GroupSign[]): GroupSign[] {
  return signs.filter(({ kind, member, atMs }) => {
    if (kind !== 'left') return true;
    const why = signs.findLast((sign) => sign.member === member && sign.atMs <= atMs && sign.kind !== 'left');
    return why?.kind !== 'idle' && why?.kind !== 'stopping';
  });
}

/** Round times of the clock. */
function ticksOf({ fromMs, toMs }: TimeFrame, wallAtZeroMs: number): number[] {
  const every = ticksEvery.find((ms) => (toMs - fromMs) / ms <= ticksMax) ?? 120_000;
  const ticks: number[] = [];
  for (let wallMs = Math.ceil((wallAtZeroMs + fromMs) / every) * every; wallMs < wallAtZeroMs + toMs; wallMs += every)
    ticks.push(wallMs - wallAtZeroMs);
  return ticks;
}

function useWidthOf(box: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(800);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  return width;
}
