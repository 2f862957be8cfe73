// What the simulated dataplane costs on one core, as a report: node bench/dataplane.ts [PACKETS]
import { FlowLog } from '../src/sim/net/flows/flow-log.ts';
import type { FlowRecord } from '../src/sim/net/flows/record.ts';
import { Rig } from '../test/sim/net/rig.ts';

const packets = Number(process.argv[2] ?? 50_000);
const rig = new Rig();
await rig.installCilium({ 'enable-policy': 'default' });
const client = rig.pod('shop', 'client', 'mig-worker', 'cilium-cni', { app: 'client' });
const web = rig.pod('shop', 'web', 'mig-worker2', 'cilium-cni', { app: 'web' });
await rig.pass(1000);

/** Microseconds for each, median of five rounds. */
const cost = (run: () => void): number => {
  const round = () => {
    const begun = performance.now();
    for (let i = 0; i < packets / 5; i++) run();
    return (1000 * (performance.now() - begun)) / (packets / 5);
  };
  round();
  return Array.from({ length: 5 }, round).toSorted((a, b) => a - b)[2]!;
};
const connect = () => void rig.from(client, rig.ip(web), 8080);
const report = (what: string, microseconds: number) =>
  console.log(
    `${what.padEnd(48)} ${microseconds.toFixed(2).padStart(8)} µs ${Math.round(1e6 / microseconds)
      .toLocaleString('en')
      .padStart(12)} a second`,
  );

report('connection, no policy', cost(connect));
const policies = rig.api.resource('networking.k8s.io', 'networkpolicies')!;
for (let i = 0; i < 100; i++)
  rig.api.create(policies, {
    metadata: { name: `p${i}`, namespace: 'shop' },
    spec: {
      podSelector: { matchLabels: { app: i === 0 ? 'web' : `other${i}` } },
      ingress: [{ from: [{ podSelector: { matchLabels: { app: 'client' } } }] }],
    },
  } as never);
await rig.pass(100);
report('connection, 100 NetworkPolicies', cost(connect));

const log = new FlowLog();
const record: FlowRecord = rig.network.flows.of('mig-worker').at(-1)!;
report(
  'recording of an exchange, in both rings',
  cost(() => log.add({ ...record })),
);
