import { z } from 'zod';
import type { ViewerFrame } from './protocol.js';

/** Of one frame. */
export const viewerFrameBytesMax = 4096;

/** Half of a character cannot be part of an address. */
const text = z
  .string()
  .max(2048)
  .regex(/^\P{Surrogate}*$/u);
const name = text.min(1);

const viewerFrame = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('look'), address: text.nullable(), reveal: z.boolean() }),
  z.strictObject({ type: z.literal('watch-group'), group: z.strictObject({ cluster: name, group: name }).nullable() }),
  z.strictObject({ type: z.literal('list-groups'), cluster: name }),
  z.strictObject({ type: z.literal('next') }),
]);

/** What a viewer says; `undefined`: nothing that is understood. */
export function parseViewerFrame(text: string): ViewerFrame | undefined {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return undefined;
  }
  return viewerFrame.safeParse(frame).data;
}
