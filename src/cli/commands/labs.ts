import { listLabs } from '../../lab/loader.ts';
import { colours, labsFolder, print, printJson, type CliContext } from '../context.ts';
import { paint } from '../paint.ts';
import { storedSessions } from '../sessions.ts';

export async function labs(cli: CliContext, options: { json?: boolean }): Promise<number> {
  const [listings, sessions] = await Promise.all([listLabs(labsFolder(cli)), storedSessions(cli)]);
  const rows = listings.map((lab) => {
    const own = sessions.filter((s) => s.lab === lab.id);
    const done = Math.max(0, ...own.map((s) => lab.steps.filter((id) => s.passed.has(id)).length));
    return {
      id: lab.id,
      title: lab.title,
      summary: lab.summary,
      steps: lab.steps.length,
      done,
      sessions: own.map((s) => s.name),
      problem: lab.problem?.message,
    };
  });
  if (options.json) {
    printJson(cli, rows);
    return 0;
  }
  const colour = colours(cli);
  for (const row of rows) {
    print(
      cli,
      `${paint(row.id, 'bold', colour)}  ${row.title}  ${paint(`${row.done}/${row.steps} steps`, row.done === row.steps ? 'green' : 'dim', colour)}`,
    );
    print(cli, row.problem ? `  ${paint(row.problem, 'red', colour)}` : `  ${row.summary.replaceAll('\n', ' ')}`);
  }
  print(cli, `\nkindlab up <lab> starts one.`);
  return 0;
}
