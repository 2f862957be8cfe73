import { expect, test } from 'vitest';
import * as r from '../../../src/kube/resources.ts';
import type { Pod } from '../../../src/kube/types.ts';
import { Rig } from './rig.ts';

const slice = (
  rig: Rig,
  namespace: string,
  service: string,
  port: number,
  endpoints: { pod: Pod; ready?: boolean; terminating?: boolean }[],
  protocol = 'TCP',
) =>
  rig.api.create(r.endpointSlices, {
    metadata: { name: `${service}-x`, namespace, labels: { 'kubernetes.io/service-name': service } },
    addressType: 'IPv4',
    ports: [{ name: '', port, protocol: protocol as 'TCP' }],
    endpoints: endpoints.map(({ pod, ready = true, terminating = false }) => ({
      addresses: [rig.ip(pod)],
      nodeName: pod.spec!.nodeName!,
      conditions: { ready: ready && !terminating, serving: ready, terminating },
      targetRef: { kind: 'Pod', name: pod.metadata.name, uid: pod.metadata.uid },
    })),
  });

const shop = async () => {
  const rig = new Rig();
  await rig.installCalico({ IP_AUTODETECTION_METHOD: 'kubernetes-internal-ip' });
  const client = rig.pod('shop', 'client', 'mig-worker', 'calico');
  const web = [rig.pod('shop', 'web1', 'mig-worker', 'calico'), rig.pod('shop', 'web2', 'mig-worker2', 'calico')];
  const dns = rig.pod('kube-system', 'coredns', 'mig-control-plane', 'calico');
  rig.listeners.set(`${dns.metadata.uid} 53/UDP`, {});
  const service = (name: string, namespace: string, spec: object) => rig.api.create(r.services, { metadata: { name, namespace }, spec });
  service('web', 'shop', { clusterIP: '10.96.63.14', ports: [{ port: 80, targetPort: 8080 }] });
  service('kube-dns', 'kube-system', { clusterIP: '10.96.0.10', ports: [{ port: 53, protocol: 'UDP' }] });
  slice(rig, 'kube-system', 'kube-dns', 53, [{ pod: dns }], 'UDP');
  await rig.pass(1000);
  return { rig, client, web, dns, service };
};

test('a name is searched in the pod’s domains and its service spreads over the ready endpoints', async () => {
  const { rig, client, web } = await shop();
  slice(
    rig,
    'shop',
    'web',
    8080,
    web.map((pod) => ({ pod })),
  );
  const results = Array.from({ length: 40 }, () => rig.from(client, 'web.shop', 80));
  expect(new Set(results.map((result) => result.outcome))).toEqual(new Set(['connected']));
  expect(new Set(results.map((result) => result.destination?.ip))).toEqual(new Set(web.map((pod) => rig.ip(pod))));
  expect(results[0]).toMatchObject({ address: '10.96.63.14', destination: { port: 8080 } });
  expect(rig.network.resolve({ podUid: client.metadata.uid }, 'web')).toMatchObject({
    outcome: 'resolved',
    name: 'web.shop.svc.cluster.local',
    addresses: ['10.96.63.14'],
    server: '10.96.0.10',
  });
});

test('unready and terminating endpoints get nothing; where none is left the service refuses', async () => {
  const { rig, client, web } = await shop();
  slice(rig, 'shop', 'web', 8080, [{ pod: web[0]!, ready: false }, { pod: web[1]! }]);
  const seen = new Set(Array.from({ length: 20 }, () => rig.from(client, 'web').destination?.ip));
  expect(seen).toEqual(new Set([rig.ip(web[1]!)]));
  rig.api.delete(r.endpointSlices, 'shop', 'web-x');
  expect(rig.from(client, 'web')).toMatchObject({ outcome: 'refused', reason: 'service shop/web (10.96.63.14:80) has no ready endpoint' });
});

test('a terminating endpoint serves on while it is the only one', async () => {
  const { rig, client, web } = await shop();
  slice(rig, 'shop', 'web', 8080, [{ pod: web[0]!, terminating: true }]);
  expect(rig.from(client, 'web').outcome).toBe('connected');
});

test('an unknown name has no answer, and a lost name server a time-out', async () => {
  const { rig, client, dns } = await shop();
  expect(rig.from(client, 'nothing.shop')).toMatchObject({ outcome: 'unresolved', reason: '10.96.0.10 knows no nothing.shop (NXDOMAIN)' });
  rig.machine(dns.spec!.nodeName!).kernel.set('net.links', []);
  expect(rig.from(client, 'web.shop')).toMatchObject({ outcome: 'resolve-timeout', latencyMs: 10_000 });
});

test('headless services, ExternalName and node names resolve; a node asks Docker’s name server', async () => {
  const { rig, client, web, service } = await shop();
  service('db', 'shop', { clusterIP: 'None', ports: [{ port: 5432 }] });
  slice(
    rig,
    'shop',
    'db',
    5432,
    web.map((pod) => ({ pod })),
  );
  service('alias', 'shop', { type: 'ExternalName', externalName: 'web.shop.svc.cluster.local' });
  const from = { podUid: client.metadata.uid };
  expect(rig.network.resolve(from, 'db').addresses).toEqual(web.map((pod) => rig.ip(pod)));
  expect(rig.network.resolve(from, 'alias').addresses).toEqual(['10.96.63.14']);
  expect(rig.network.resolve(from, 'mig-worker2').addresses).toEqual(['172.17.0.2']);
  expect(rig.network.resolve({ node: 'mig-worker' }, 'web.shop').outcome).toBe('unresolved');
  expect(rig.network.resolve({ node: 'mig-worker' }, 'mig-worker2').addresses).toEqual(['172.17.0.2']);
});

test('a node port answers on every node, and the backend sees that node', async () => {
  const { rig, web, service } = await shop();
  service('np', 'shop', { type: 'NodePort', clusterIP: '10.96.1.1', ports: [{ port: 80, nodePort: 30080 }] });
  slice(rig, 'shop', 'np', 8080, [{ pod: web[0]! }]);
  const ask = (host: string) => rig.network.connect({ from: { outside: '172.17.0.8' }, host, port: 30080 });
  expect(ask('172.17.0.3')).toMatchObject({ outcome: 'connected', source: '172.17.0.3' });
  expect(ask('172.17.0.2').outcome).toBe('connected');
});

test('a pod that reaches itself through its service is seen as its node', async () => {
  const { rig, web } = await shop();
  slice(rig, 'shop', 'web', 8080, [{ pod: web[0]! }]);
  expect(rig.from(web[0]!, 'web')).toMatchObject({ outcome: 'connected', source: '172.17.0.3' });
});

test('the API server’s address leads to the control plane and /healthz says ok', async () => {
  const { rig, client, service } = await shop();
  service('kubernetes', 'default', { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443, targetPort: 6443 }] });
  rig.api.create(r.endpointSlices, {
    metadata: { name: 'kubernetes', namespace: 'default', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4',
    ports: [{ name: 'https', port: 6443, protocol: 'TCP' }],
    endpoints: [{ addresses: ['172.17.0.4'], conditions: { ready: true } }],
  });
  rig.listeners.set('node:mig-control-plane 6443/TCP', { serve: () => ({ status: 200, body: 'ok' }) });
  const result = rig.from(client, 'kubernetes.default.svc', 443, { http: { method: 'GET', path: '/healthz' } });
  expect(result).toMatchObject({ outcome: 'connected', response: { status: 200, body: 'ok' }, source: '172.17.0.3' });
});

test('every attempt is kept and told', async () => {
  const { rig, client, web } = await shop();
  const told: string[] = [];
  rig.network.onAttempt(({ result }) => told.push(result.outcome));
  rig.from(client, rig.ip(web[1]!));
  rig.from(client, '10.96.99.99');
  expect(told).toEqual(['connected', 'timeout']);
  const kept = rig.network.flows.of('mig-worker').slice(-2);
  expect(kept.map(({ result }) => result.outcome)).toEqual(told);
  expect(kept[0]).toMatchObject({
    client: { pod: { metadata: { uid: client.metadata.uid } }, port: expect.any(Number) },
    server: { pod: { metadata: { uid: web[1]!.metadata.uid } }, node: web[1]!.spec!.nodeName },
  });
});

test('a policy judges what a service leads to, and its refusal is a packet without answer', async () => {
  const { rig, client, web } = await shop();
  const policies = rig.api.resource('networking.k8s.io', 'networkpolicies')!;
  rig.api.create(policies, {
    metadata: { name: 'web-on-80', namespace: 'shop' },
    spec: { podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] },
  } as never);
  await rig.pass(100);
  expect(rig.from(client, rig.ip(web[1]!)).policy).toMatchObject([{ direction: 'egress' }, { direction: 'ingress', verdict: 'allow' }]);
  const denied = rig.from(client, rig.ip(web[1]!), 8080);
  expect(denied).toMatchObject({ outcome: 'timeout', policy: [{}, { verdict: 'deny', engine: 'calico', by: { name: 'web-on-80' } }] });
  expect(denied.reason).toContain('NetworkPolicy shop/web-on-80');
});
