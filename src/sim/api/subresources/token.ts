import { rfc3339 } from '../../../base/clock.ts';
import { serviceAccounts } from '../../../kube/resources.ts';
import { invalid, notFound } from '../../../kube/status.ts';
import type { BoundObject, Tokens } from '../auth/tokens.ts';
import type { Json } from '../machinery.ts';
import type { Core } from '../registry/core.ts';
import { newUid } from '../registry/metadata.ts';

const defaultSeconds = 3600;
const minSeconds = 600;

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
  const audiences = spec.audiences ?? [];
  const token = tokens.sign({ namespace, name, uid: account.metadata.uid }, seconds, audiences, newUid(core.random), spec.boundObjectRef);
  return {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace, creationTimestamp: rfc3339(core.clock.now()) },
    spec: {
      audiences: audiences.length > 0 ? audiences : ['https://kubernetes.default.svc.cluster.local'],
      expirationSeconds: seconds,
      boundObjectRef: spec.boundObjectRef ?? null,
    },
    status: { token, expirationTimestamp: rfc3339(core.clock.now() + seconds * 1000) },
  };
}
