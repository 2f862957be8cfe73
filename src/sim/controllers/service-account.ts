import * as r from '../../kube/resources.ts';
import type { Controller } from './controller.ts';
import type { CoreContext } from './core-context.ts';

/** pkg/controller/serviceaccount: every namespace has a ServiceAccount `default`. */
export function serviceAccountController({ api }: CoreContext): Controller {
  return {
    name: 'serviceaccount-controller',
    sources: [
      { resource: r.namespaces },
      { resource: r.serviceAccounts, keys: ({ type, object }) => (type === 'DELETED' ? [object.metadata.namespace!] : []) },
    ],
    reconcile(name) {
      const namespace = api.get(r.namespaces, undefined, name);
      if (!namespace || namespace.metadata.deletionTimestamp || api.get(r.serviceAccounts, name, 'default')) return;
      api.create(r.serviceAccounts, { metadata: { name: 'default', namespace: name } });
    },
  };
}

const rootCaName = 'kube-root-ca.crt';
const description =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

/** pkg/controller/certificates/rootcacertpublisher: every namespace has the cluster's CA. */
export function rootCaController({ api }: CoreContext, caPem: string): Controller {
  return {
    name: 'root-ca-certificate-publisher-controller',
    sources: [
      { resource: r.namespaces },
      { resource: r.configMaps, keys: ({ object }) => (object.metadata.name === rootCaName ? [object.metadata.namespace!] : []) },
    ],
    reconcile(name) {
      const namespace = api.get(r.namespaces, undefined, name);
      if (!namespace || namespace.metadata.deletionTimestamp) return;
      const data = { 'ca.crt': caPem };
      const annotations = { 'kubernetes.io/description': description };
      if (!api.get(r.configMaps, name, rootCaName)) {
        api.create(r.configMaps, { metadata: { name: rootCaName, namespace: name, annotations }, data });
      } else {
        api.modify(r.configMaps, name, rootCaName, (copy) => {
          copy.data = data;
          copy.metadata.annotations = { ...copy.metadata.annotations, ...annotations };
        });
      }
    },
  };
}
