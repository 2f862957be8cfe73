import { events } from '../../../kube/resources.ts';
import { sleep } from '../../../base/clock.ts';
import type { Command, Host } from './command.ts';

const age = (ms: number): string => {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 120) return seconds < 60 ? `${seconds} seconds ago` : 'About a minute ago';
  return seconds < 7200 ? `${Math.floor(seconds / 60)} minutes ago` : `${Math.floor(seconds / 3600)} hours ago`;
};

const table = (rows: string[][]): string => {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column]! + 4))
          .join('')
          .trimEnd()}\n`,
    )
    .join('');
};

/** crictl: `ps [-a]`, `pods`, `images`. */
export const crictl: Command = (args, host, io) => {
  const [verb] = args.filter((arg) => !arg.startsWith('-'));
  const now = host.clock.now();
  if (verb === 'ps') {
    const rows = [['CONTAINER', 'IMAGE', 'CREATED', 'STATE', 'NAME', 'ATTEMPT', 'POD ID', 'POD', 'NAMESPACE']];
    for (const { runners, pod, state: podState } of host.kubelet.workers.values()) {
      for (const { state, container } of runners.values()) {
        if (!state.id || (state.phase !== 'running' && !args.includes('-a'))) continue;
        const { name, namespace = '' } = pod.metadata;
        const shown = state.phase === 'running' ? 'Running' : 'Exited';
        rows.push([
          state.id.slice(0, 13),
          container.image ?? '',
          age(now - (state.startedAt ?? now)),
          shown,
          container.name,
          String(state.restarts),
          podState.sandbox?.id.slice(0, 13) ?? '',
          name,
          namespace,
        ]);
      }
    }
    io.out(table(rows));
  } else if (verb === 'pods') {
    const rows = [['POD ID', 'CREATED', 'STATE', 'NAME', 'NAMESPACE', 'ATTEMPT', 'RUNTIME']];
    for (const { state, pod } of host.kubelet.workers.values())
      if (state.sandbox)
        rows.push([
          state.sandbox.id.slice(0, 13),
          age(now - state.sandbox.at),
          'Ready',
          pod.metadata.name,
          pod.metadata.namespace ?? '',
          '0',
          '(default)',
        ]);
    io.out(table(rows));
  } else if (verb === 'images' || verb === 'image') {
    const rows = [['IMAGE', 'TAG', 'IMAGE ID', 'SIZE']];
    for (const { names, sizeBytes } of host.kubelet.images.list()) {
      const [, image = '', tag = 'latest'] = /^(.*?)(?::([^:/]+))?$/.exec(names[1]!) ?? [];
      rows.push([image, tag, names[0]!.split('sha256:')[1]?.slice(0, 13) ?? '', `${(sizeBytes / 1e6).toFixed(1)}MB`]);
    }
    io.out(table(rows));
  } else {
    io.err(`crictl: the simulated node knows "ps", "pods" and "images"\n`);
    return 1;
  }
  return 0;
};

/** `ctr -n k8s.io containers ls|images ls`. */
export const ctr: Command = (args, host, io) => {
  const [verb] = args.filter((arg, i) => !arg.startsWith('-') && args[i - 1] !== '-n' && args[i - 1] !== '--namespace');
  if (verb === 'images' || verb === 'image' || verb === 'i') {
    for (const { names } of host.kubelet.images.list()) io.out(`${names[1]}\n`);
    return 0;
  }
  io.out('CONTAINER    IMAGE    RUNTIME\n');
  for (const { runners } of host.kubelet.workers.values())
    for (const { state, container } of runners.values())
      if (state.id) io.out(`${state.id}    ${container.image}    io.containerd.runc.v2\n`);
  return 0;
};

const units = ['kubelet', 'containerd'];

/** `systemctl status|restart|is-active UNIT`, for the kubelet and containerd. */
export const systemctl: Command = ([verb = 'status', unitName = ''], host, io) => {
  const unit = unitName.replace(/\.service$/, '');
  if (!units.includes(unit)) {
    io.err(`Unit ${unitName || unit}.service could not be found.\n`);
    return 4;
  }
  const { kubelet } = host;
  const active = unit === 'containerd' || kubelet.startedAt !== undefined;
  if (verb === 'is-active') io.out(active ? 'active\n' : 'inactive\n');
  else if (verb === 'status') {
    const since = kubelet.startedAt === undefined ? '' : ` since ${new Date(kubelet.startedAt).toUTCString()}`;
    const title = unit === 'kubelet' ? 'kubelet: The Kubernetes Node Agent' : 'containerd container runtime';
    io.out(
      `● ${unit}.service - ${title}\n     Loaded: loaded (/etc/systemd/system/${unit}.service; enabled; preset: enabled)\n     Active: ${active ? 'active (running)' : 'inactive (dead)'}${since}\n`,
    );
  } else if (verb === 'restart') {
    if (unit === 'kubelet') kubelet.restartProcess();
    return 0;
  } else {
    io.err(`Unknown command verb ${verb}.\n`);
    return 1;
  }
  return active ? 0 : 3;
};

const time = (text: string): string => {
  const [, , day, month, , clock] = /^(\w+), (\d+) (\w+) (\d+) (\S+)/.exec(new Date(text).toUTCString()) ?? [];
  return `${month} ${day} ${clock}`;
};

/** `journalctl -u kubelet`: what the kubelet has told the API as events. */
export const journalctl: Command = (args, host, io) => {
  const unit = args[args.indexOf('-u') + 1]?.replace(/\.service$/, '');
  const limit = Number(args[args.indexOf('-n') + 1]);
  const { machine } = host.kubelet;
  const own = unit === 'kubelet' || !args.includes('-u') ? kubeletEvents(host) : [];
  const lines = own.map(
    ({ lastTimestamp, type, reason, message, involvedObject: { kind, namespace, name } }) =>
      `${time(lastTimestamp ?? '')} ${machine.name} kubelet[231]: "Event occurred" object="${namespace ? `${namespace}/` : ''}${name}" kind="${kind}" type="${type}" reason="${reason}" message="${message}"`,
  );
  for (const line of args.includes('-n') ? lines.slice(-limit) : lines) io.out(`${line}\n`);
  if (lines.length === 0) io.out('-- No entries --\n');
  return 0;
};

const kubeletEvents = (host: Host) =>
  host.kubelet.api
    .list(events)
    .filter(({ source }) => source?.component === 'kubelet' && source.host === host.kubelet.machine.name)
    .toSorted((a, b) => (a.lastTimestamp ?? '').localeCompare(b.lastTimestamp ?? ''));

/** Takes the node down and up again, as `docker restart` does. */
export const reboot: Command = async (_args, host, io) => {
  void host.kubelet.machine.restart();
  await sleep(host.clock, 100, io.signal);
  return 0;
};
