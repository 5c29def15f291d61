import { describe, expect, it } from 'vitest';
import { WatchTable } from '../../src/zookeeper/adapter/watch-table.js';

const CREATED = 1;
const DELETED = 2;
const DATA_CHANGED = 3;
const CHILDREN_CHANGED = 4;

describe('the table of watches', () => {
  const make = () => {
    const delivered: string[] = [];
    const table = new WatchTable((watches, type, path) => delivered.push(`${type} ${path} to ${watches.size}`));
    return { table, delivered };
  };

  it('counts a function once for a node and a kind of change', () => {
    const { table, delivered } = make();
    const watch = (): void => {};
    table.registerDataWatcher('/n', () => watch);
    table.registerDataWatcher('/n', () => watch);
    table.registerDataWatcher('/n', () => () => {});
    table.registerChildWatcher('/n', () => watch);
    expect(table.size).toBe(3);
    table.emit({ type: DELETED, path: '/n' });
    expect(delivered).toEqual(['deleted /n to 2']);
    expect(table.size).toBe(0);
    expect(table.isEmpty()).toBe(true);
  });

  it('takes nothing from an operation that was given up', () => {
    const { table } = make();
    table.registerExistenceWatcher('/n', () => undefined);
    expect(table.isEmpty()).toBe(true);
    expect(table.getExistenceWatcherPaths()).toEqual([]);
  });

  it('calls what an event concerns, and keeps the rest', () => {
    const { table, delivered } = make();
    table.registerDataWatcher('/n', () => () => {});
    table.registerExistenceWatcher('/m', () => () => {});
    table.registerChildWatcher('/n', () => () => {});
    table.emit({ type: CREATED, path: '/other' });
    table.emit({ type: DATA_CHANGED, path: '/n' });
    table.emit({ type: DATA_CHANGED, path: '/n' });
    expect(delivered).toEqual(['data-changed /n to 1']);
    expect(table.getDataWatcherPaths()).toEqual([]);
    expect(table.getExistenceWatcherPaths()).toEqual(['/m']);
    expect(table.getChildWatcherPaths()).toEqual(['/n']);
    table.emit({ type: CHILDREN_CHANGED, path: '/n' });
    table.emit({ type: CREATED, path: '/m' });
    expect(delivered.slice(1)).toEqual(['children-changed /n to 1', 'created /m to 1']);
    expect(table.isEmpty()).toBe(true);
  });

  it('passes over an event of no known kind', () => {
    const { table, delivered } = make();
    table.registerDataWatcher('/n', () => () => {});
    table.emit({ type: 99, path: '/n' });
    expect(delivered).toEqual([]);
    expect(table.size).toBe(1);
  });
});
