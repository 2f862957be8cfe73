/** Writes labs/schema/*.json from the zod schemas, for editors: `node scripts/json-schema.ts`. */
import { writeFileSync } from 'node:fs';
import { z } from 'zod';
import { FaultFile, LabFile, StepFile } from '../src/lab/schema.ts';

const folder = new URL('../labs/schema/', import.meta.url);
for (const [name, schema] of Object.entries({ lab: LabFile, step: StepFile, fault: FaultFile })) {
  const json = z.toJSONSchema(schema, { io: 'input', reused: 'ref' });
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(json, undefined, 2)}\n`);
}
