import type { JsonObject } from '../../../kube/json.ts';
import { each, fill, make } from './fill.ts';

const rbac = 'rbac.authorization.k8s.io';

function binding(object: JsonObject): void {
  fill(make(object, 'roleRef'), { apiGroup: rbac });
  for (const subject of each(object, 'subjects')) {
    if (subject.kind === 'User' || subject.kind === 'Group') fill(subject, { apiGroup: rbac });
  }
}

const webhookDefaults = { failurePolicy: 'Fail', matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {}, timeoutSeconds: 10 };

const webhooks =
  (more: JsonObject) =>
  (object: JsonObject): void => {
    for (const webhook of each(object, 'webhooks')) {
      fill(webhook, { ...webhookDefaults, ...more });
      for (const rule of each(webhook, 'rules')) fill(rule, { scope: '*' });
      const service = (webhook.clientConfig as JsonObject | undefined)?.service;
      if (service) fill(service as JsonObject, { port: 443 });
    }
  };

export const access: Readonly<Record<string, (object: JsonObject) => void>> = {
  [`${rbac}/v1/RoleBinding`]: binding,
  [`${rbac}/v1/ClusterRoleBinding`]: binding,
  'authentication.k8s.io/v1/TokenRequest': (object) => fill(make(object, 'spec'), { expirationSeconds: 3600 }),
  'admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration': webhooks({}),
  'admissionregistration.k8s.io/v1/MutatingWebhookConfiguration': webhooks({ reinvocationPolicy: 'Never' }),
};
