import { expect, test } from 'vitest';
import type { Pod } from '../../../src/kube/types.ts';
import { candidates, resolverOf } from '../../../src/sim/net/dns.ts';

const pod = (spec: object): Pod =>
  ({ metadata: { namespace: 'shop', name: 'client' }, spec: { containers: [], ...spec } }) as unknown as Pod;

test('a pod searches its namespace first, and a name with five dots is taken as it is', () => {
  const config = resolverOf(pod({}));
  expect(candidates('web', config)).toEqual(['web.shop.svc.cluster.local', 'web.svc.cluster.local', 'web.cluster.local', 'web']);
  expect(candidates('a.b.c.d.e.f', config)[0]).toBe('a.b.c.d.e.f');
  expect(candidates('web.shop.svc.cluster.local.', config)).toEqual(['web.shop.svc.cluster.local']);
});

test('dnsPolicy decides who is asked', () => {
  expect(resolverOf(pod({})).nameserver).toBe('10.96.0.10');
  expect(resolverOf(pod({ hostNetwork: true })).search).toEqual([]);
  expect(resolverOf(pod({ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' })).nameserver).toBe('10.96.0.10');
  expect(resolverOf(pod({ dnsPolicy: 'Default' })).ndots).toBe(0);
  const own = { nameservers: ['10.9.9.9'], searches: ['example.org'], options: [{ name: 'ndots', value: '2' }] };
  expect(resolverOf(pod({ dnsPolicy: 'None', dnsConfig: own }))).toEqual({ nameserver: '10.9.9.9', search: ['example.org'], ndots: 2 });
});
