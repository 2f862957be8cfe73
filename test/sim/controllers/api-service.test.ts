import { expect, test } from 'vitest';
import * as r from '../../../src/kube/resources.ts';
import { apiServices } from '../../../src/sim/controllers/more-resources.ts';
import { harness } from './harness.ts';

const calico = (service?: { namespace: string; name: string }) => ({
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: { name: 'v3.projectcalico.org' },
  spec: {
    group: 'projectcalico.org',
    version: 'v3',
    groupPriorityMinimum: 1500,
    versionPriority: 200,
    ...(service && { service, insecureSkipTLSVerify: true }),
  },
});

test('an APIService whose service is gone is told so, and holds every namespace that is deleted', async () => {
  await using h = await harness();
  h.api.create(apiServices, calico({ namespace: 'calico-system', name: 'calico-api' }));
  h.api.create(r.namespaces, { metadata: { name: 'retired' } });
  await h.clock.advance(1000);
  expect(h.api.get(apiServices, undefined, 'v3.projectcalico.org')?.status?.conditions).toMatchObject([
    { type: 'Available', status: 'False', reason: 'ServiceNotFound', message: 'service/calico-api in "calico-system" is not present' },
  ]);
  h.api.delete(r.namespaces, undefined, 'retired');
  await h.clock.advance(10_000);
  expect(h.api.get(r.namespaces, undefined, 'retired')?.status?.conditions).toContainEqual(
    expect.objectContaining({
      type: 'NamespaceDeletionDiscoveryFailure',
      status: 'True',
      reason: 'DiscoveryFailed',
      message:
        'Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: projectcalico.org/v3: stale GroupVersion discovery: projectcalico.org/v3',
    }),
  );
  h.api.delete(apiServices, undefined, 'v3.projectcalico.org');
  await h.clock.advance(5000);
  expect(h.api.get(r.namespaces, undefined, 'retired')).toBeUndefined();
});

test('an APIService without a service is local, and available', async () => {
  await using h = await harness();
  h.api.create(apiServices, calico());
  await h.clock.advance(1000);
  expect(h.api.get(apiServices, undefined, 'v3.projectcalico.org')?.status?.conditions).toMatchObject([
    { status: 'True', reason: 'Local' },
  ]);
});
