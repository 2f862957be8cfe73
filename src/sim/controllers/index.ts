import { apiServiceController } from './api-service.ts';
import type { Catalog } from './catalog.ts';
import type { Controller } from './controller.ts';
import type { CoreContext } from './core-context.ts';
import { cronJobController } from './cron-job.ts';
import { daemonSetController } from './daemon-set.ts';
import { deploymentController } from './deployment.ts';
import { disruptionController } from './disruption.ts';
import { endpointSliceController } from './endpoint-slice.ts';
import { endpointsController } from './endpoints.ts';
import { garbageCollector } from './garbage-collector.ts';
import { jobController } from './job.ts';
import { namespaceController } from './namespace.ts';
import { nodeIpamController } from './node-ipam.ts';
import { nodeLifecycleController } from './node-lifecycle.ts';
import { podGarbageCollector } from './pod-gc.ts';
import { replicaSetController, replicationController } from './replica-set.ts';
import { resourceQuotaController } from './resource-quota.ts';
import { rootCaController, serviceAccountController } from './service-account.ts';
import { statefulSetController } from './stateful-set.ts';
import { taintEvictionController } from './taint-eviction.ts';

export interface CoreOptions {
  catalog: Catalog;
  /** The cluster's pod network, as 192.168.0.0/16. */
  podCidr: string;
  /** The cluster's CA certificate. */
  caPem: string;
}

/** What kube-controller-manager runs. */
export const coreControllers = (context: CoreContext, { catalog, podCidr, caPem }: CoreOptions): Controller[] => [
  serviceAccountController(context),
  rootCaController(context, caPem),
  nodeIpamController(context, podCidr),
  nodeLifecycleController(context),
  taintEvictionController(context),
  deploymentController(context),
  replicaSetController(context),
  replicationController(context),
  daemonSetController(context),
  statefulSetController(context),
  jobController(context),
  cronJobController(context),
  endpointSliceController(context),
  endpointsController(context),
  disruptionController(context),
  podGarbageCollector(context),
  resourceQuotaController(context, catalog),
  apiServiceController(context),
  namespaceController(context, catalog),
  garbageCollector(context, catalog),
];
