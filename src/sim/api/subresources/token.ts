import { rfc3339 } from '../../../base/clock.ts';
import { serviceAccounts } from '../../../kube/resources.ts';
import { badRequest, invalid, notFound } from '../../../kube/status.ts';
import type { BoundObject, Tokens } from '../auth/tokens.ts';
import type { Json } from '../machinery.ts';
import type { Core } from '../registry/core.ts';
import { newUid } from '../registry/metadata.ts';

const defaultSeconds = 3600;
const minSeconds = 600;

const bindable: Readonly<Record<string, { plural: string; namespaced: boolean }>> = {
  Pod: { plural: 'pods', namespaced: true },
  Secret: { plural: 'secrets', namespaced: true },
  Node: { plural: 'nodes', namespaced: false },
};

/** What a token is bound to must be there. */
function checkBound(core: Core, namespace: string, { apiVersion, kind, name }: BoundObject): void {
  const target = apiVersion === 'v1' ? bindable[kind ?? ''] : undefined;
  if (!target) throw badRequest(`cannot bind token to object of type /${apiVersion ?? ''}, Kind=${kind ?? ''}`);
  const key = target.namespaced ? `${namespace}/${name}` : (name ?? '');
  if (!core.store.get(`/${target.plural}`, key)) throw notFound({ group: '', plural: target.plural }, name ?? '');
}

/** POST …/serviceaccounts/NAME/token: a TokenRequest with its token. */
export function requestToken(core: Core, tokens: Tokens, namespace: string, name: string, request: Json): Json {
  const account = core.store.get('/serviceaccounts', `${namespace}/${name}`);
  if (!account) throw notFound(serviceAccounts, name);
  const spec = (request['spec'] ?? {}) as { expirationSeconds?: number; audiences?: string[]; boundObjectRef?: BoundObject };
  const seconds = spec.expirationSeconds ?? defaultSeconds;
  if (seconds < minSeconds) {
    throw invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, '', [
      {
        reason: 'FieldValueInvalid',
        message: `Invalid value: ${seconds}: may not specify a duration less than 10 minutes`,
        field: 'spec.expirationSeconds',
      },
    ]);
  }
  if (spec.boundObjectRef) checkBound(core, namespace, spec.boundObjectRef);
  const audiences = spec.audiences ?? [];
  const token = tokens.sign({ namespace, name, uid: account.metadata.uid }, seconds, audiences, newUid(core.random), spec.boundObjectRef);
  return {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace, uid: account.metadata.uid, creationTimestamp: rfc3339(core.clock.now()) },
    spec: {
      audiences: audiences.length > 0 ? audiences : ['https://kubernetes.default.svc.cluster.local'],
      expirationSeconds: seconds,
      boundObjectRef: spec.boundObjectRef ?? null,
    },
    status: { token, expirationTimestamp: rfc3339(core.clock.now() + seconds * 1000) },
  };
}
