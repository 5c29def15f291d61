/** What of a drawing is seen, in its own units. */
export interface Viewport {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** So many times nearer than the whole drawing, at most. */
const nearestMax = 12;

export const viewBox = ({ x, y, width, height }: Viewport): string => `${x} ${y} ${width} ${height}`;

/** The least that shows all of this and has these proportions (width by height). */
export function fitted(all: Viewport, proportions: number): Viewport {
  const width = Math.max(all.width, all.height * proportions);
  const height = Math.max(all.height, all.width / proportions);
  return { x: all.x - (width - all.width) / 2, y: all.y - (height - all.height) / 2, width, height };
}

/** As much as may be seen of `all` with no more than this width, around a point as far as there is something to see. */
export function around(all: Viewport, proportions: number, widthMax: number, at: Point): Viewport {
  const width = Math.min(all.width, widthMax);
  const height = width / proportions;
  if (width === all.width && height >= all.height) return fitted(all, proportions);
  return {
    x: held(at.x - width / 2, width, all.x, all.width),
    y: held(at.y - height / 2, height, all.y, all.height),
    width,
    height,
  };
}

/** Where a part begins that stays within the whole; in the middle where it is larger than that. */
const held = (from: number, size: number, wholeFrom: number, whole: number): number =>
  size >= whole ? wholeFrom + (whole - size) / 2 : Math.min(Math.max(from, wholeFrom), wholeFrom + whole - size);

/** `factor` above 1: nearer. `at`: the point that stays where it is, as parts of width and height. */
export function zoomed(view: Viewport, whole: Viewport, factor: number, at = { x: 0.5, y: 0.5 }): Viewport {
  const width = Math.min(whole.width, Math.max(whole.width / nearestMax, view.width / factor));
  const height = (width * view.height) / view.width;
  return within(
    { x: view.x + (view.width - width) * at.x, y: view.y + (view.height - height) * at.y, width, height },
    whole,
  );
}

/** `by`: parts of width and height. */
export function panned(view: Viewport, whole: Viewport, by: { readonly x: number; readonly y: number }): Viewport {
  return within({ ...view, x: view.x + by.x * view.width, y: view.y + by.y * view.height }, whole);
}

/** The middle of what is seen stays on the drawing. */
function within(view: Viewport, whole: Viewport): Viewport {
  const clamped = (from: number, size: number, wholeFrom: number, wholeSize: number): number =>
    Math.min(Math.max(from, wholeFrom - size / 2), wholeFrom + wholeSize - size / 2);
  return {
    ...view,
    x: clamped(view.x, view.width, whole.x, whole.width),
    y: clamped(view.y, view.height, whole.y, whole.height),
  };
}
