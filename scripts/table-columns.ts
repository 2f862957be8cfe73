/** Writes src/sim/api/table/gen/column-facts.ts from the Tables that the real server answered: `node scripts/table-columns.ts`. */
import { readFileSync, writeFileSync } from 'node:fs';

interface Exchange {
  request: string;
  body?: { kind?: string; columnDefinitions?: { name: string; type: string; description: string }[] };
}

const recorded = JSON.parse(readFileSync(new URL('../test/contract/recorded/tables.json', import.meta.url), 'utf8')) as Record<
  string,
  Exchange[]
>;
const facts: Record<string, Record<string, [string, string]>> = {};
for (const { request, body } of Object.values(recorded).flat()) {
  const path = /^GET \/(?:api|apis\/([^/]+))\/v\d\w*\/(?:namespaces\/[^/]+\/)?([a-z]+)/.exec(request);
  if (body?.kind !== 'Table' || !path) continue;
  // A namespace itself looks like a path inside of it.
  const columns = (facts[`${path[1] ?? ''}/${path[2]}`] ??= {});
  for (const { name, type, description } of body.columnDefinitions ?? []) {
    if (name !== 'Name' && name !== 'Age') columns[name] = [type, description];
  }
}
const text = `/** Types and descriptions of printer columns as the real server gives them. Made by scripts/table-columns.ts. */
export const columnFacts: Readonly<Record<string, Readonly<Record<string, readonly [type: string, description: string]>>>> = ${JSON.stringify(facts)};
`;
writeFileSync(new URL('../src/sim/api/table/gen/column-facts.ts', import.meta.url), text);
