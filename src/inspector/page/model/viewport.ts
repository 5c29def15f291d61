/** What of a drawing is seen, in its own units. */
export interface Viewport {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
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

/** As wide as `all`, of these proportions, with this point in the middle as far as there is something to see around it. */
export function acrossAt(all: Viewport, proportions: number, y: number): Viewport {
  const height = all.width / proportions;
  if (height >= all.height) return fitted(all, proportions);
  const top = Math.min(Math.max(y - height / 2, all.y), all.y + all.height - height);
  return { x: all.x, y: top, width: all.width, height };
}

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
