/**
 * Shows where the simulated server's answers differ from the real one's, and records what the real one said.
 *
 *   KINDLAB_REAL_KUBECONFIG=… node test/contract/compare.ts [--record] [GROUP [PART-OF-CASE]]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { groups } from './cases/index.ts';
import { differences } from './normalize.ts';
import { real, simulated } from './servers.ts';
import { Stage } from './run.ts';

const record = process.argv.includes('--record');
const [wanted, part] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const target = real();
let agree = 0;
let total = 0;
await using server = await simulated();
for (const group of groups) {
  if (wanted && wanted !== group.name) continue;
  const file = new URL(`recorded/${group.name}.json`, import.meta.url);
  const kept = record || target ? {} : (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>);
  const stages = [server.target, ...(target ? [target] : [])].map((one) => new Stage(one));
  const [ours, theirs] = stages;
  for (const stage of stages) await stage.prepare(group);
  const recorded: string[] = [];
  for (const [name, run] of Object.entries(group.cases)) {
    if (part && !name.includes(part)) continue;
    const failed = (error: unknown) => [{ error: String(error) }];
    const expected = theirs ? await theirs.perform(run).catch(failed) : kept[name];
    const actual = await ours!.perform(run).catch(failed);
    recorded.push(`${JSON.stringify(name)}: ${JSON.stringify(expected)}`);
    const found = differences(expected, actual);
    total++;
    if (found.length === 0) agree++;
    else
      console.log(
        `\n## ${group.name} > ${name}\n${found
          .slice(0, 14)
          .map((line) => `  ${line}`)
          .join('\n')}`,
      );
  }
  if (record && !part) writeFileSync(file, `{\n${recorded.join(',\n')}\n}\n`);
  for (const stage of stages) await stage.dispose();
}
console.log(`\n${agree} of ${total} alike`);
