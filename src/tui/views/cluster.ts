import type { NodeView, PodView, SessionView, TrafficView } from '../../lab/session-view.ts';
import { bold, cyan, dim, green, plain, red, yellow } from '../text/ansi.ts';
import { table, type Cell } from '../text/table.ts';
import { cniStyle, strip, stripStyle } from '../labels.ts';
import type { UiState } from '../state.ts';
import { clientKey, isRunning, together, type TrafficHistory } from '../traffic-history.ts';

/** Nodes, traffic and pods, compact: what a migration changes comes first in each line. */
export function clusterLines({ view, traffic }: UiState, columns: number): string[] {
  if (!view) return [];
  const sections = [
    section(bold('Nodes'), nodeRows(view.nodes), columns, 3),
    section(`${bold('Traffic')} ${dim('lost since the step began')}`, trafficRows(view, traffic, columns), columns, 3),
    pods(view, columns),
  ].filter((lines) => lines.length > 0);
  return sections.length === 0 ? [dim('nothing yet')] : sections.flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]));
}

function section(title: string, rows: Cell[][], columns: number, keep: number): string[] {
  return rows.length === 0 ? [] : [title, ...table(rows, columns, keep)];
}

const cell = (text: string, style?: Cell['style']): Cell => (style ? { text: plain(text), style } : { text: plain(text) });

function nodeRows(nodes: readonly NodeView[]): Cell[][] {
  return nodes.map((node) => [
    cell(node.name),
    node.ready ? cell('✓ Ready', green) : cell('✗ NotReady', red),
    cell(node.cni || '–', cniStyle(node.cni)),
    node.schedulable ? cell('') : cell('cordoned', yellow),
    cell(node.address, dim),
    cell(node.version, dim),
  ]);
}

/** A row for each client, by its node: that tells most about its losses. Targets are named where they are lost. */
function trafficRows(view: SessionView, history: TrafficHistory, columns: number): Cell[][] {
  const { nodes, traffic } = view;
  const prefix = commonPrefix(nodes.map((node) => node.name));
  const byNode = traffic.toSorted((a, b) => a.node.localeCompare(b.node));
  return [...Map.groupBy(byNode, (client) => client.pod)].map(([pod, asked]) => {
    const losing = asked.filter((client) => client.state === 'lost');
    const lost = total(asked, 'lostSinceStep');
    const seconds = together(asked.map((client) => history.clients[clientKey(client)]?.seconds ?? []));
    const targets = (losing.length > 0 ? losing : asked).map((client) => shortTarget(client.target)).join(', ');
    return [
      cell(`from ${asked[0]!.node.slice(prefix.length)}`),
      losing.length > 0 ? cell('✗', red) : asked.every((client) => isRunning(client, view)) ? cell('✓', green) : cell('… silent', yellow),
      cell(`${lost} lost`, lost > 0 ? red : undefined),
      { text: strip(seconds.slice(columns < 76 ? -8 : -20)), style: stripStyle },
      cell(`→ ${targets}`, losing.length > 0 ? red : undefined),
      cell(pod, dim),
      cell(`${total(asked, 'ok')} ok, ${total(asked, 'lost')} lost in all`, dim),
    ];
  });
}

const total = (clients: readonly TrafficView[], count: 'ok' | 'lost' | 'lostSinceStep'): number =>
  clients.reduce((sum, client) => sum + client[count], 0);

const shortTarget = (target: string): string => target.replace(/^https?:\/\//, '').replace(/\.cluster\.local\.?$/, '.…');

function pods(view: SessionView, columns: number): string[] {
  const namespaces = Map.groupBy(view.pods, (pod) => pod.namespace);
  const names = [...namespaces.keys()].toSorted((a, b) => rank(view, a) - rank(view, b) || a.localeCompare(b));
  const nodePrefix = commonPrefix(view.nodes.map((node) => node.name));
  const groups = names.map((namespace) => namespaces.get(namespace)!.toSorted((a, b) => a.name.localeCompare(b.name)));
  const lines = table(
    groups.flat().map((pod) => podRow(pod, nodePrefix)),
    columns,
    4,
  );
  let next = 0;
  return groups.flatMap((group, i) => {
    const title = `${i === 0 ? `${bold('Pods')} ` : ''}${cyan(plain(names[i]!))} ${dim(`(${group.length})`)}`;
    return [title, ...lines.slice(next, (next += group.length))];
  });
}

/** The namespaces whose pods the lab is about first, Kubernetes' own last. */
function rank(view: SessionView, namespace: string): number {
  if (namespace.startsWith('kube-')) return 2;
  const mine = new Set(view.traffic.map((client) => client.pod.split('/').at(-1)));
  return view.pods.some((pod) => pod.namespace === namespace && mine.has(pod.name)) ? 0 : 1;
}

function podRow(pod: PodView, nodePrefix: string): Cell[] {
  return [
    cell(` ${pod.name}`),
    pod.ready ? cell('✓', green) : pod.phase === 'Succeeded' ? cell('·', dim) : cell('✗', red),
    cell(pod.cni || '–', cniStyle(pod.cni)),
    cell(pod.node.slice(nodePrefix.length) || '–'),
    pod.restarts > 0 ? cell(`↻${pod.restarts}`, yellow) : cell(''),
    cell(pod.ready || pod.phase === 'Running' ? pod.ip : pod.phase, pod.ready ? dim : yellow),
  ];
}

/** `kindlab-` of kindlab-control-plane and kindlab-worker: what every name begins with says nothing. */
function commonPrefix(names: readonly string[]): string {
  const first = names[0] ?? '';
  if (names.length < 2) return '';
  let end = first.length;
  while (end > 0 && !(first[end - 1] === '-' && names.every((name) => name.startsWith(first.slice(0, end))))) end -= 1;
  return first.slice(0, end);
}
