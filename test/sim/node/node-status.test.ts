import { expect, test } from 'vitest';
import * as r from '../../../src/kube/resources.ts';
import { NodeRig } from './rig.ts';

test('an extended resource that a node is told to have is kept, and can be allocated', async () => {
  const rig = new NodeRig();
  await rig.clock.advance(1000);
  const change = (node: { status?: { capacity?: Record<string, string> } }) =>
    void (node.status = { ...node.status, capacity: { ...node.status?.capacity, 'example.com/gpu': '4' } });
  rig.api.modify(r.nodes, undefined, 'lab-worker', change, { subresource: 'status' });
  await rig.clock.advance(30_000);
  expect(rig.api.get(r.nodes, undefined, 'lab-worker')!.status).toMatchObject({
    capacity: { 'example.com/gpu': '4', pods: '110' },
    allocatable: { 'example.com/gpu': '4', pods: '110' },
  });
});
