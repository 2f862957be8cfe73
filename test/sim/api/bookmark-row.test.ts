import { expect, test } from 'vitest';
import { emptyCells } from '../../../src/sim/api/table/table.ts';
import { columnsOf } from '../../../src/sim/api/table/index.ts';
import { newServer } from './harness.ts';

test('a bookmark has a row whatever the kind: a cell for each column, none of them undefined', () => {
  const { core } = newServer();
  const kinds = core.catalog.all().filter(({ verbs }) => verbs.includes('watch'));
  expect(kinds.length).toBeGreaterThan(50);
  for (const definition of kinds) {
    const cells = emptyCells(core, definition);
    expect(cells, definition.kind).toHaveLength(columnsOf(definition).length);
    expect(cells.map(String).join(' '), definition.kind).not.toMatch(/undefined|NaN|Invalid/);
  }
});
