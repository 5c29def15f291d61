import type { ComponentChildren, RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

/** Rows above and below what is seen, so that scrolling meets no empty ones. */
const spareRows = 8;

export interface Seen {
  /** Index of the first row to draw, and of the one after the last. */
  readonly from: number;
  readonly to: number;
}

/** Which of many rows of one height have to be drawn in this scrolling element. */
export function useSeenRows(count: number, rowPx: number): { element: RefObject<HTMLDivElement | null>; seen: Seen } {
  const element = useRef<HTMLDivElement>(null);
  const [box, setBox] = useState({ top: 0, height: 800 });
  useLayoutEffect(() => {
    const scroller = element.current;
    if (!scroller) return;
    const measure = () => setBox({ top: scroller.scrollTop, height: scroller.clientHeight });
    const resized = new ResizeObserver(measure);
    resized.observe(scroller);
    scroller.addEventListener('scroll', measure, { passive: true });
    measure();
    return () => {
      resized.disconnect();
      scroller.removeEventListener('scroll', measure);
    };
  }, []);
  // What is searched may leave fewer rows than were scrolled past.
  const top = Math.min(box.top, Math.max(0, count * rowPx - box.height));
  const from = Math.max(0, Math.floor(top / rowPx) - spareRows);
  return { element, seen: { from, to: Math.min(count, Math.ceil((top + box.height) / rowPx) + spareRows) } };
}

/** As high as all rows together; those that are drawn lie where they belong. */
export function RowSpace(props: {
  readonly count: number;
  readonly rowPx: number;
  readonly from: number;
  readonly children: ComponentChildren;
}) {
  const { count, rowPx, from, children } = props;
  return (
    <div class="row-space" role="presentation" style={{ height: `${count * rowPx}px` }}>
      <div role="presentation" style={{ transform: `translateY(${from * rowPx}px)` }}>
        {children}
      </div>
    </div>
  );
}

/** Scrolls as little as shows this row whole. `headPx`: of what stays above the rows. */
export function showRow(scroller: HTMLElement | null, at: number, rowPx: number, headPx = 0): void {
  if (!scroller) return;
  const top = at * rowPx;
  if (top < scroller.scrollTop) scroller.scrollTop = top;
  else scroller.scrollTop = Math.max(scroller.scrollTop, top + rowPx + headPx - scroller.clientHeight);
}
