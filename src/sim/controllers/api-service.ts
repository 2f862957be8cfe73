import { rfc3339 } from '../../base/clock.ts';
import * as r from '../../kube/resources.ts';
import type { KubeObject } from '../../kube/types.ts';
import type { Controller } from './controller.ts';
import type { CoreContext } from './core-context.ts';
import { apiServices, type ApiService } from './more-resources.ts';

type Outcome = [status: 'True' | 'False', reason: string, message: string];

/**
 * kube-aggregator's availability controller (staging/src/k8s.io/kube-aggregator, remote_available_controller.go). No request
 * is passed on to an aggregated API server here, so one whose service is there counts as one that does not answer.
 */
export function apiServiceController({ api, clock }: CoreContext): Controller {
  function availability({ spec }: ApiService): Outcome {
    const service = spec?.service;
    if (!service) return ['True', 'Local', 'Local APIServices are always available'];
    const name = `service/${service.name} in "${service.namespace}"`;
    const found = api.get(r.services, service.namespace, service.name);
    if (!found) return ['False', 'ServiceNotFound', `${name} is not present`];
    const url = `https://${found.spec?.clusterIP}:${service.port ?? 443}/apis/${spec.group}/${spec.version}`;
    return ['False', 'FailedDiscoveryCheck', `failing or missing response from ${url}: no aggregated API server answers in this cluster`];
  }

  return {
    name: 'available-controller',
    sources: [
      { resource: apiServices },
      {
        resource: r.services,
        keys: ({ object }) =>
          api
            .list(apiServices)
            .filter(({ spec }) => spec?.service?.name === object.metadata.name && spec?.service?.namespace === object.metadata.namespace)
            .map(({ metadata }) => metadata.name),
      },
    ],
    reconcile(name) {
      const found = api.get(apiServices, undefined, name);
      if (!found) return;
      const [status, reason, message] = availability(found);
      const before = found.status?.conditions?.find(({ type }) => type === 'Available');
      if (before?.status === status && before.reason === reason && before.message === message) return;
      const lastTransitionTime = before?.status === status ? before.lastTransitionTime : rfc3339(clock.now());
      const change = (copy: KubeObject) => {
        copy['status'] = { conditions: [{ type: 'Available', status, reason, message, lastTransitionTime }] };
      };
      api.modify(apiServices, undefined, name, change, { subresource: 'status' });
    },
  };
}

/** `group/version` of what is announced and not served; discovery of it fails. */
export const staleGroupVersions = (api: CoreContext['api']): string[] =>
  api
    .list(apiServices)
    .filter(({ spec, status }) => spec?.service && !status?.conditions?.some((c) => c.type === 'Available' && c.status === 'True'))
    .map(({ spec }) => `${spec!.group}/${spec!.version}`)
    .toSorted();
