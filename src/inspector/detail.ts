import type { BusEvent } from '../actors/bus/types.js';
import type { Json } from './protocol.js';

/** Fields that hold what users wrote, or that are as long as a message may be. */
const hidden = new Set(['key', 'value', 'headers', 'metadata', 'password']);
/** Of one list. */
const itemsMax = 20;
/** Of one text. */
const charactersMax = 200;
const depthMax = 3;

/** What of an event or a request can be shown, beside its type: plain data, cut short, without payloads and keys. */
export function detailOf(event: BusEvent): { readonly detail?: Json } {
  const { type: _, ...rest } = event;
  if (Object.keys(rest).length === 0) return {};
  const detail = showable(rest, 0, false);
  return detail === undefined ? {} : { detail };
}

/** Plain data as it is, cut short; the parts that an actor works with are left out. `reveal`: with payloads and keys. */
export function showable(value: unknown, depth: number, reveal: boolean): Json | undefined {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'string') return value.length > charactersMax ? `${value.slice(0, charactersMax)}…` : value;
  if (typeof value !== 'object') return undefined;
  if (value instanceof Uint8Array) return bytes(value, reveal);
  if (value instanceof Error) return value.message;
  if (depth >= depthMax) return Array.isArray(value) ? `${value.length} items` : '…';
  if (value instanceof Map) return showable(Object.fromEntries(value), depth, reveal);
  if (Array.isArray(value) || value instanceof Set) return list([...value], depth, reveal);
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? object(value, depth, reveal) : undefined;
}

function bytes(value: Uint8Array, reveal: boolean): Json {
  if (!reveal) return `${value.length} bytes`;
  const text = Buffer.from(value.buffer, value.byteOffset, Math.min(value.length, charactersMax)).toString('utf8');
  return value.length > charactersMax ? `${text}… (${value.length} bytes)` : text;
}

function list(values: readonly unknown[], depth: number, reveal: boolean): Json {
  const shown = values.slice(0, itemsMax).map((item) => showable(item, depth + 1, reveal) ?? '…');
  return values.length > itemsMax ? [...shown, `… ${values.length - itemsMax} more`] : shown;
}

function object(value: object, depth: number, reveal: boolean): Json {
  const shown: Record<string, Json> = {};
  for (const [name, field] of Object.entries(value).slice(0, itemsMax)) {
    const isHidden = !reveal && hidden.has(name) && field !== null && field !== undefined;
    const shownField = isHidden ? redacted(field) : showable(field, depth + 1, reveal);
    if (shownField !== undefined) shown[name] = shownField;
  }
  return shown;
}

function redacted(field: unknown): Json {
  if (field instanceof Uint8Array) return `${field.length} bytes`;
  if (Array.isArray(field)) return `${field.length} items`;
  return '(hidden)';
}
