import type { KubeObject } from '../../../kube/types.ts';
import { deepEqual } from '../../store/object.ts';
import type { Core } from '../registry/core.ts';
import { field } from './field.ts';
import type { Strategy } from './strategy.ts';
import { namespaceStrategy } from './namespace.ts';
import { nodeStrategy } from './node.ts';
import { podStrategy } from './pod.ts';
import { serviceStrategy } from './service.ts';
import { customResourceDefinitionStrategy } from './custom-resource-definition.ts';
import { eventStrategy } from './event.ts';
import { jobStrategy } from './job.ts';
import { claimStrategy, volumeStrategy } from './persistent-volume-claim.ts';

const generation: Strategy = { generation: true };

/** By table. A kind that is not here has nothing of its own. */
export const strategies: Readonly<Record<string, Strategy>> = {
  '/pods': podStrategy,
  '/nodes': nodeStrategy,
  '/namespaces': namespaceStrategy,
  '/services': serviceStrategy,
  '/events': eventStrategy,
  '/persistentvolumeclaims': claimStrategy,
  '/persistentvolumes': volumeStrategy,
  '/replicationcontrollers': { generation: true, defaultPropagation: 'Orphan', fields: { 'status.replicas': field('status', 'replicas') } },
  '/resourcequotas': { statusMetadata: 'free', returnsDeleted: true },
  '/secrets': { fields: { type: field('type') } },
  '/serviceaccounts': { returnsDeleted: true },
  '/podtemplates': { generation: true, returnsDeleted: true },
  '/endpoints': { createOnUpdate: true },
  '/limitranges': { createOnUpdate: true },
  'autoscaling/horizontalpodautoscalers': { emptyStatus: { currentMetrics: null, desiredReplicas: 0 } },
  'apps/deployments': generation,
  'apps/daemonsets': {
    generation: true,
    decoded: markTemplateGeneration,
    admit: noteTemplateGeneration,
    emptyStatus: { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 },
  },
  'apps/statefulsets': { generation: true, emptyStatus: { replicas: 0, availableReplicas: 0 } },
  'apps/replicasets': { generation: true, emptyStatus: { replicas: 0 }, fields: { 'status.replicas': field('status', 'replicas') } },
  'batch/jobs': jobStrategy,
  'batch/cronjobs': generation,
  'networking.k8s.io/networkpolicies': generation,
  'networking.k8s.io/ingresses': { generation: true, emptyStatus: { loadBalancer: {} } },
  'networking.k8s.io/ingressclasses': generation,
  'networking.k8s.io/servicecidrs': { generation: true, conditionalUpdate: true },
  'policy/poddisruptionbudgets': {
    generation: true,
    conditionalUpdate: true,
    emptyStatus: { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 },
  },
  'discovery.k8s.io/endpointslices': generation,
  'scheduling.k8s.io/priorityclasses': generation,
  'admissionregistration.k8s.io/validatingadmissionpolicies': { generation: true, conditionalUpdate: true },
  'admissionregistration.k8s.io/validatingadmissionpolicybindings': { generation: true, conditionalUpdate: true },
  'admissionregistration.k8s.io/mutatingadmissionpolicies': { generation: true, conditionalUpdate: true },
  'admissionregistration.k8s.io/mutatingadmissionpolicybindings': { generation: true, conditionalUpdate: true },
  'admissionregistration.k8s.io/validatingwebhookconfigurations': generation,
  'admissionregistration.k8s.io/mutatingwebhookconfigurations': generation,
  'flowcontrol.apiserver.k8s.io/flowschemas': generation,
  'flowcontrol.apiserver.k8s.io/prioritylevelconfigurations': generation,
  'apiextensions.k8s.io/customresourcedefinitions': customResourceDefinitionStrategy,
  'coordination.k8s.io/leases': { conditionalUpdate: false, createOnUpdate: true },
  'storage.k8s.io/storageclasses': { returnsDeleted: true },
  'storage.k8s.io/volumeattachments': { returnsDeleted: true },
  'storage.k8s.io/csinodes': { returnsDeleted: true },
  'storage.k8s.io/csidrivers': { returnsDeleted: true },
  'certificates.k8s.io/certificatesigningrequests': { fields: { 'spec.signerName': field('spec', 'signerName') } },
};

/** The annotation by which apps/v1 keeps extensions/v1beta1's templateGeneration. */
const templateGeneration = 'deprecated.daemonset.template.generation';

function markTemplateGeneration({ metadata }: KubeObject): void {
  if (!metadata.annotations?.[templateGeneration]) metadata.annotations = { ...metadata.annotations, [templateGeneration]: '0' };
}

function noteTemplateGeneration(object: KubeObject, _core: Core, old?: KubeObject): void {
  const name = templateGeneration;
  const template = (o: KubeObject) => (o['spec'] as { template?: unknown } | undefined)?.template;
  const before = Number(old?.metadata.annotations?.[name] ?? 0);
  const changed = !old || !deepEqual(template(object), template(old));
  object.metadata.annotations = { ...object.metadata.annotations, [name]: String(changed ? before + 1 : before || 1) };
}
