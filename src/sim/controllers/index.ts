import { apiServiceController } from './api-service.ts';
import type { Catalog } from './catalog.ts';
import { claimProtectionController } from './claim-protection.ts';
import type { Controller } from './controller.ts';
import type { CoreContext } from './core-context.ts';
import { cronJobController } from './cron-job.ts';
import { daemonSetController } from './daemon-set.ts';
import { deploymentController } from './deployment.ts';
import { disruptionController } from './disruption.ts';
import { endpointSliceController } from './endpoint-slice.ts';
import { endpointsController } from './endpoints.ts';
import { ephemeralVolumeController } from './ephemeral-volume.ts';
import { garbageCollector } from './garbage-collector.ts';
import { hpaController } from './hpa.ts';
import { jobController } from './job.ts';
import { localPathProvisioner } from './local-path-provisioner.ts';
import { namespaceController } from './namespace.ts';
import { nodeIpamController } from './node-ipam.ts';
import { nodeLifecycleController } from './node-lifecycle.ts';
import { podGarbageCollector } from './pod-gc.ts';
import { replicaSetController, replicationController } from './replica-set.ts';
import { resourceQuotaController } from './resource-quota.ts';
import { roleAggregationController } from './role-aggregation.ts';
import { rootCaController, serviceAccountController } from './service-account.ts';
import { statefulSetController } from './stateful-set.ts';
import { taintEvictionController } from './taint-eviction.ts';
import { volumeBinder } from './volume-binder.ts';
import { volumeReclaimer } from './volume-reclaim.ts';

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
  hpaController(context),
  endpointSliceController(context),
  endpointsController(context),
  disruptionController(context),
  ephemeralVolumeController(context),
  volumeBinder(context),
  localPathProvisioner(context),
  volumeReclaimer(context),
  claimProtectionController(context),
  roleAggregationController(context),
  podGarbageCollector(context),
  resourceQuotaController(context, catalog),
  apiServiceController(context),
  namespaceController(context, catalog),
  garbageCollector(context, catalog),
];
