import type { FaultListing } from '../../lab/protocol.ts';
import { print, printJson, type CliContext } from '../context.ts';
import type { SessionOptions } from '../program.ts';
import { connectReady, pickSession } from '../sessions.ts';
import { ensureKubectl } from '../shell.ts';
import { reportChecks } from './check.ts';

export async function listFaults(cli: CliContext, options: SessionOptions): Promise<number> {
  const faults = await (await connectReady(cli, options.session)).faults.list();
  if (options.json) printJson(cli, faults);
  else if (faults.length === 0) print(cli, 'this lab has no faults');
  else {
    const width = Math.max(...faults.map(({ id }) => id.length));
    for (const fault of faults) print(cli, `${fault.id.padEnd(width)}  ${stateOf(fault).padEnd(8)}  ${fault.title}  (${fault.source})`);
    print(cli, '\nkindlab fault inject ID   puts one in that is possible now; without ID, any of them, and tells the symptom only');
  }
  return 0;
}

const stateOf = ({ state, possible, during }: FaultListing): string => state ?? (possible ? 'possible' : `at ${during[0]!.slice(0, 2)}`);

export async function injectFault(cli: CliContext, id: string | undefined, options: SessionOptions): Promise<number> {
  const { name } = await pickSession(cli, options.session);
  const client = await connectReady(cli, name);
  await ensureKubectl(cli, name);
  const injected = await client.faults.inject(id);
  if (options.json) printJson(cli, injected);
  else
    print(
      cli,
      `${id === undefined ? 'a fault' : injected.id} is in the cluster. ${injected.symptom}\n\nkindlab fault check      whether it is cured\nkindlab fault diagnose   the way from the symptom to the cause`,
    );
  return 0;
}

export async function clearFault(cli: CliContext, id: string | undefined, options: SessionOptions): Promise<number> {
  const { name } = await pickSession(cli, options.session);
  const client = await connectReady(cli, name);
  await ensureKubectl(cli, name);
  const { cleared } = await client.faults.clear(id);
  if (options.json) printJson(cli, { cleared });
  else print(cli, cleared.length === 0 ? 'no fault was in the cluster' : `taken out: ${cleared.join(', ')}`);
  return 0;
}

export async function checkFault(cli: CliContext, id: string | undefined, options: SessionOptions): Promise<number> {
  const client = await connectReady(cli, options.session);
  return reportChecks(cli, await client.faults.check(id), options);
}

export async function diagnoseFault(cli: CliContext, id: string | undefined, options: SessionOptions): Promise<number> {
  const { symptom, diagnosis, ...rest } = await (await connectReady(cli, options.session)).faults.diagnose(id);
  if (options.json) printJson(cli, { ...rest, symptom, diagnosis });
  else print(cli, `${symptom}\n\n${diagnosis.trim()}`);
  return 0;
}
