import { expect, test } from 'vitest';
import * as r from '../../../src/kube/resources.ts';
import { CniError } from '../../../src/sim/net/cni.ts';
import { links } from '../../../src/sim/net/devices.ts';
import { Rig } from './rig.ts';

test('ptp gives addresses of the node’s podCIDR, connects pods of one node, and takes both back', () => {
  const rig = new Rig();
  const first = rig.object('a', 'first', 'mig-worker', 'busybox');
  expect(() => rig.attach(first, 'ptp')).toThrow(CniError);
  rig.api.modify(r.nodes, undefined, 'mig-worker', (node) => void (node.spec = { podCIDR: '10.244.1.0/29' }));
  rig.attach(first, 'ptp');
  const second = rig.object('a', 'second', 'mig-worker', 'busybox');
  rig.attach(second, 'ptp');
  expect([rig.ip(first), rig.ip(second)]).toEqual(['10.244.1.2', '10.244.1.3']);
  expect(rig.from(first, rig.ip(second))).toMatchObject({ outcome: 'connected', source: '10.244.1.2', ttl: 63 });
  rig.detach(first, 'ptp');
  expect(links.of(rig.machine('mig-worker')).filter(({ name }) => name.startsWith('veth'))).toHaveLength(1);
  rig.attach(first, 'ptp');
  expect(rig.ip(first)).toBe('10.244.1.2');
});
