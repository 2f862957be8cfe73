import type { Machine } from '../../node/machine.ts';
import { parseFlags, text, toggle } from '../flags.ts';
import { table } from '../table.ts';
import { ToolError } from '../tool.ts';
import { containerId, daemon, machine, type Run } from './containers.ts';

const image = 'kindest/node:v1.36.3';

/** The fields that `--format` knows. */
function row(target: Machine): Record<string, string> {
  return {
    ID: containerId(target.name),
    Image: image,
    Command: '"/usr/local/bin/entr…"',
    Status: target.running ? 'Up' : 'Exited (137)',
    State: target.running ? 'running' : 'exited',
    Ports: target.role === 'control-plane' ? '127.0.0.1->6443/tcp' : '',
    Names: target.name,
  };
}

export const ps: Run = (io, context, argv) => {
  const flags = parseFlags(argv, {
    all: toggle('a'),
    quiet: toggle('q'),
    filter: text('f'),
    format: text(),
    'no-trunc': toggle(),
    latest: toggle('l'),
  });
  const filters = flags.all('filter').map((written) => [written.split('=')[0]!, written.slice(written.indexOf('=') + 1)] as const);
  const unknown = filters.find(([key]) => !['name', 'label', 'status'].includes(key));
  if (unknown) throw daemon(`invalid filter '${unknown[0]}'`);
  const rows = context
    .machines()
    .filter((one) => one.running || flags.on('all') || filters.some(([key]) => key === 'status'))
    .map(row)
    .filter((one) =>
      filters.every(([key, value]) => {
        if (key === 'name') return new RegExp(value).test(one['Names']!);
        if (key === 'status') return one['State'] === value;
        return value === 'io.x-k8s.kind.cluster' || value === `io.x-k8s.kind.cluster=${context.cluster}`;
      }),
    );
  const format = flags.value('format');
  if (flags.on('quiet')) io.stdout(rows.map((one) => `${one['ID']}\n`).join(''));
  else if (format === 'json') io.stdout(rows.map((one) => `${JSON.stringify(one)}\n`).join(''));
  else if (format) io.stdout(formatted(format, rows));
  else {
    const columns = ['ID', 'Image', 'Command', 'Status', 'Ports', 'Names'];
    const header = ['CONTAINER ID', 'IMAGE', 'COMMAND', 'STATUS', 'PORTS', 'NAMES'];
    io.stdout(table([header, ...rows.map((one) => columns.map((column) => one[column]!))], '   '));
  }
  return 0;
};

/** Go templates of single fields: `{{.Names}}\t{{.Status}}`, with or without `table`. */
function formatted(format: string, rows: readonly Record<string, string>[]): string {
  const template = format.replace(/^table /, '').replaceAll('\\t', '\t');
  const fill = (values: Record<string, string>) =>
    template.replace(/\{\{\s*\.(\w+)\s*\}\}/g, (_, field: string) => {
      const value = values[field];
      if (value === undefined)
        throw new ToolError(
          `template: :1:2: executing "" at <.${field}>: can't evaluate field ${field} in type *formatter.ContainerContext`,
        );
      return value;
    });
  if (!format.startsWith('table ')) return rows.map((one) => `${fill(one)}\n`).join('');
  const names = Object.fromEntries(Object.keys(rows[0] ?? row0).map((field) => [field, field.toUpperCase()]));
  return table(
    [fill(names), ...rows.map(fill)].map((line) => line.split('\t')),
    '   ',
  );
}
const row0: Record<string, string> = { ID: '', Image: '', Command: '', Status: '', State: '', Ports: '', Names: '' };

export const inspect: Run = (io, context, argv) => {
  const flags = parseFlags(argv, { format: text('f'), type: text(), size: toggle('s') });
  const objects = flags.args.map((name) => details(machine(context, name), context.cluster));
  const format = flags.value('format');
  if (!format) io.stdout(`${JSON.stringify(objects, null, 4)}\n`);
  else for (const object of objects) io.stdout(`${inspectField(format, object)}\n`);
  return 0;
};

const details = (target: Machine, cluster: string) => ({
  Id: containerId(target.name),
  Name: `/${target.name}`,
  State: { Status: target.running ? 'running' : 'exited', Running: target.running, Paused: false, Restarting: false },
  Config: {
    Hostname: target.name,
    Image: image,
    Labels: { 'io.x-k8s.kind.cluster': cluster, 'io.x-k8s.kind.role': target.role },
  },
  NetworkSettings: { Networks: { kind: { IPAddress: target.address, IPPrefixLen: 16 } } },
});

/** Paths as `{{.State.Status}}`, and kind's own `{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}`. */
function inspectField(format: string, object: ReturnType<typeof details>): string {
  const networks = format.replace(/\{\{\s*range \.NetworkSettings\.Networks\s*\}\}(.*?)\{\{\s*end\s*\}\}/g, (_, inner: string) =>
    inner.replace(/\{\{\s*\.IPAddress\s*\}\}/g, object.NetworkSettings.Networks.kind.IPAddress),
  );
  return networks.replace(/\{\{\s*\.([\w.]+)\s*\}\}/g, (_, path: string) => {
    let here: unknown = object;
    for (const key of path.split('.'))
      here = typeof here === 'object' && here !== null ? (here as Record<string, unknown>)[key] : undefined;
    if (here === undefined)
      throw new ToolError(`template parsing error: template: :1:2: executing "" at <.${path}>: map has no entry for key "${path}"`);
    return typeof here === 'object' ? JSON.stringify(here) : String(here);
  });
}
