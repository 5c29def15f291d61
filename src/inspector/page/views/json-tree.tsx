import type { Json } from '../../protocol.js';

/** Objects below this are closed at first. */
const openLevels = 2;

/** Names and values; what holds others opens and closes. */
export function JsonTree({ value, level = 0 }: { readonly value: Json; readonly level?: number }) {
  if (value === null || typeof value !== 'object') return <Leaf value={value} />;
  const entries = Array.isArray(value)
    ? value.map((item: Json, at) => [String(at), item] as const)
    : Object.entries(value as Record<string, Json>);
  if (entries.length === 0) return <span class="muted">{Array.isArray(value) ? 'none' : 'nothing'}</span>;
  return (
    <ul class="json">
      {entries.map(([name, item]) => (
        <li key={name}>
          {isBranch(item) ? (
            <details open={level + 1 < openLevels}>
              <summary>
                <span class="json-name">{name}</span> <span class="muted">{size(item)}</span>
              </summary>
              <JsonTree value={item} level={level + 1} />
            </details>
          ) : (
            <>
              <span class="json-name">{name}</span> <JsonTree value={item} level={level + 1} />
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

function Leaf({ value }: { readonly value: string | number | boolean | null }) {
  if (value === null) return <span class="muted">none</span>;
  if (typeof value === 'string') return <span class="json-text">{value}</span>;
  return <span class="json-plain">{String(value)}</span>;
}

const isBranch = (value: Json): value is Exclude<Json, string | number | boolean | null> =>
  value !== null && typeof value === 'object' && Object.keys(value).length > 0;

function size(value: object): string {
  const length = Object.keys(value).length;
  return Array.isArray(value) ? `${length} item${length === 1 ? '' : 's'}` : '';
}
