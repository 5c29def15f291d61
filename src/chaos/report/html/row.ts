import { escaped } from '../markup.js';

/** One line of the timeline. All rows have the same axis. */
export interface Row {
  /** Class of the row, that styles what is in it. */
  readonly kind: string;
  readonly label: string;
  /** Below the label. */
  readonly detail?: string;
  readonly heightPx: number;
  /** What the picture shows, for those who do not see it. */
  readonly description: string;
  /** SVG. */
  readonly shapes: string;
  /** Links are among the shapes, which a picture would hide from those who do not see it. */
  readonly hasLinks?: boolean;
}

export function rowHtml({ kind, label, detail, heightPx, description, shapes, hasLinks }: Row): string {
  const below = detail === undefined ? '' : `<span class="detail">${escaped(detail)}</span>`;
  return `<div class="row ${kind}"><div class="label" title="${escaped(label)}">${escaped(label)}${below}</div><svg class="plot" width="100%" height="${heightPx}" role="${hasLinks ? 'group' : 'img'}" aria-label="${escaped(description)}">${shapes}</svg></div>`;
}

export const titled = (title: string, shapes: string, kind: string): string =>
  `<g class="${kind}"><title>${escaped(title)}</title>${shapes}</g>`;

/** A line that keeps its width however wide the picture is; `path` has 1000 units from left to right, 100 from top to bottom. */
export const stretched = (shapes: string): string =>
  `<svg width="100%" height="100%" viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true">${shapes}</svg>`;
