import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

/** Of one table, until more are asked for: a topic may have thousands, and all are drawn anew ten times a second. */
const rowsShown = 25;
const rowsShownMax = 200;

export interface Column<Row> {
  readonly title: string;
  /** What the title means, or its unit. */
  readonly hint?: string;
  /** What it is sorted by, and shown as unless `show` is there. `undefined`: not known. */
  value(row: Row): string | number | undefined;
  show?(row: Row): ComponentChildren;
}

export interface SortedTableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  keyOf(row: Row): string;
  open(row: Row): void;
}

export function SortedTable<Row>({ label, columns, rows, keyOf, open }: SortedTableProps<Row>) {
  const [sort, setSort] = useState({ column: 0, isDescending: false });
  const [isLong, setLong] = useState(false);
  const shownMax = isLong ? rowsShownMax : rowsShown;
  const numeric = columns.map((column) => rows.some((row) => typeof column.value(row) === 'number'));
  const sorted = sortedBy(rows, columns[sort.column]!, sort.isDescending);
  const sortBy = (column: number) =>
    setSort({ column, isDescending: sort.column === column ? !sort.isDescending : numeric[column]! && column > 0 });
  return (
    <div class="tp-scroll">
      <table aria-label={label}>
        <thead>
          <tr>
            {columns.map(({ title, hint }, index) => (
              <th
                key={title}
                class={numeric[index] ? 'number' : ''}
                title={hint}
                aria-sort={sort.column !== index ? 'none' : sort.isDescending ? 'descending' : 'ascending'}
              >
                <button type="button" onClick={() => sortBy(index)}>
                  {title}
                  <span aria-hidden="true">{sort.column !== index ? '' : sort.isDescending ? ' ↓' : ' ↑'}</span>
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.slice(0, shownMax).map((row) => (
            <tr
              key={keyOf(row)}
              tabIndex={0}
              onClick={() => open(row)}
              onKeyDown={(event) => {
                if (event.key !== 'Enter') return;
                event.preventDefault();
                open(row);
              }}
            >
              {columns.map((column, index) => (
                <td key={column.title} class={numeric[index] ? 'number mono' : ''}>
                  {column.show ? column.show(row) : shown(column.value(row))}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > rowsShown && (
        <p class="muted">
          The first {Math.min(rows.length, shownMax)} of {rows.length} in this order are shown.{' '}
          <button type="button" onClick={() => setLong(!isLong)}>
            {isLong ? 'Show fewer' : `Show ${Math.min(rows.length, rowsShownMax)}`}
          </button>
        </p>
      )}
    </div>
  );
}

const shown = (value: string | number | undefined): string =>
  typeof value === 'number' ? value.toLocaleString('en') : (value ?? '–');

/** What is not known comes last, whichever the direction. */
function sortedBy<Row>(rows: readonly Row[], { value }: Column<Row>, isDescending: boolean): Row[] {
  const known = rows.filter((row) => value(row) !== undefined);
  const unknown = rows.filter((row) => value(row) === undefined);
  known.sort((a, b) => {
    const [one, other] = [value(a)!, value(b)!];
    if (one === other) return 0;
    return one < other !== isDescending ? -1 : 1;
  });
  return [...known, ...unknown];
}
