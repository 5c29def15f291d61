import type { ConsumersByGroup, Delivery, MessageHeader } from '../actors/requests.js';

const escapes: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

/** JSON as Go's encoder writes it: two spaces of indent, no newline at the end, `<`, `>` and `&` escaped. */
export function renderJson(value: unknown): string {
  return escapeAsGo(JSON.stringify(value, null, 2));
}

function escapeAsGo(json: string): string {
  return /[<>&\u2028\u2029]/.test(json) ? json.replace(/[<>&\u2028\u2029]/g, (character) => escapes[character]!) : json;
}

/** `{"key", "value", "partition", "offset", "headers"}`. Written by hand: it is rendered for every message. */
export function renderDelivery({ key, value, partition, offset, headers }: Delivery): string {
  return (
    `{\n  "key": ${base64(key)},\n  "value": ${base64(value)},\n  "partition": ${partition},\n  "offset": ${offset},\n` +
    `  "headers": ${headers.length === 0 ? '[]' : renderHeaders(headers)}\n}`
  );
}

function base64(bytes: Buffer | null): string {
  return bytes === null ? 'null' : `"${bytes.toString('base64')}"`;
}

function renderHeaders(headers: readonly MessageHeader[]): string {
  const items = headers.map(
    ({ key, value }) =>
      `    {\n      "key": ${escapeAsGo(JSON.stringify(key))},\n      "value": ${base64(value)}\n    }`,
  );
  return `[\n${items.join(',\n')}\n  ]`;
}

/**
 * `{group: {member: [partitions]}}`, names in byte order and lists on one line without spaces. Not by way of objects,
 * which would put names that are numbers first.
 */
export function renderConsumers(consumers: ConsumersByGroup): string {
  return renderObject(Object.entries(consumers), '', (members) =>
    renderObject(Object.entries(members), '  ', (partitions) => `[${[...partitions].sort((a, b) => a - b).join(',')}]`),
  );
}

/** An object with its names in byte order. @param indent of the line that it begins on; `render` indents its own lines */
export function renderObject<T>(
  entries: readonly (readonly [name: string, value: T])[],
  indent: string,
  render: (value: T) => string,
): string {
  if (entries.length === 0) return '{}';
  const sorted = [...entries].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const lines = sorted.map(([name, value]) => `${indent}  ${escapeAsGo(JSON.stringify(name))}: ${render(value)}`);
  return `{\n${lines.join(',\n')}\n${indent}}`;
}
