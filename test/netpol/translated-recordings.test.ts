import { describe, expect, test } from 'vitest';
import { createEvaluator } from '../../src/netpol/evaluate/evaluate.ts';
import { parseSettings } from '../../src/netpol/evaluate/settings.ts';
import { lintPolicies } from '../../src/netpol/lint/lint.ts';
import type { Cluster, Engine } from '../../src/netpol/model/cluster.ts';
import { readCluster } from '../../src/netpol/read/cluster.ts';
import { readPolicies } from '../../src/netpol/read/read.ts';
import { translate } from '../../src/netpol/translate/translate.ts';
import { toYaml } from '../../src/netpol/translate/yaml.ts';
import { readCases } from '../../src/netpol/verify/read-cases.ts';
import { readRecording as read, recordings, whyNoRecordings } from './recordings.ts';

const cases = recordings ? readCases('calico.json', read('calico.json')) : [];
const on = (cluster: Cluster, cni: Engine): Cluster => ({
  ...cluster,
  nodes: new Map([...cluster.nodes].map(([name, node]) => [name, { ...node, cni }])),
});

/** Flows whose verdicts differ after translation: each of a kind that the report names. */
const nodePorts = 'flows through the node ports of a/srv2';
const host = 'flows from and to the node pol-worker2 itself: FAIL-OPEN';
const named: Record<string, { readonly flows: RegExp; readonly by: string }> = {
  'nodeport-allow203': { flows: /^out:203\.0\.113\.7 → node-w2 tcp\/30081 allow → deny$/, by: nodePorts },
  'nodeport-allow-tunnel': { flows: /→ node-w1 tcp\/30081 allow → deny$/, by: nodePorts },
  'hep-eth0+gnp-all()-deny-ingress': { flows: /→ node-w2 tcp\/(7777|10250) deny → allow$/, by: host },
  'hep-eth0+gnp-host-allow-7777-from-selector': { flows: /→ node-w2 tcp\/(7777|10250) deny → allow$/, by: host },
};

describe.skipIf(!recordings)(`measured Calico policies, translated${whyNoRecordings}`, () => {
  test.each(cases.map((recorded) => [recorded.case, recorded] as const))('%s: Cilium gives the same verdicts', (_name, recorded) => {
    const cluster = readCluster('cluster.yaml', read('cluster.yaml'));
    const { policies } = readPolicies([{ file: recorded.case, text: recorded.policies }]);
    const translation = translate(policies, on(cluster, 'calico'), { sctp: true });
    const { policies: written, problems } = readPolicies([{ file: 'written', text: toYaml(translation.objects) }]);
    expect(problems).toEqual([]);
    expect(lintPolicies(written, on(cluster, 'cilium'))).toEqual([]);
    const before = createEvaluator(on(cluster, 'calico'), policies);
    const after = createEvaluator(on(cluster, 'cilium'), written, parseSettings('sctp hostfw tunnel-port=8473'));
    const differences = recorded.verdicts.flatMap(([from, to, protocol, port]) => {
      const flow = { from, to, protocol, port };
      const [old, now] = [before.evaluate(flow).verdict, after.evaluate(flow).verdict];
      return old === now ? [] : [`${from} → ${to} ${protocol}/${port} ${old} → ${now}`];
    });
    expect(differences.filter((difference) => !named[recorded.case]?.flows.test(difference))).toEqual([]);
    if (differences.length > 0) expect(translation.general.map((note) => note.differs).join('\n')).toContain(named[recorded.case]!.by);
  });
});
