/** An object of the cluster's first moments, as its manifest would have it. */
export type Manifest = {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  [field: string]: unknown;
};

export const kubernetesVersion = 'v1.36.3';

export const serviceAccount = (namespace: string, name: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace },
});

interface Rule {
  apiGroups?: string[];
  resources?: string[];
  verbs: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

export const rule = (apiGroups: string[], resources: string[], verbs: string[]): Rule => ({ apiGroups, resources, verbs });

export const clusterRole = (name: string, rules: Rule[], labels?: Record<string, string>): Manifest => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name, ...(labels && { labels }) },
  rules,
});

type Subject = { kind: 'ServiceAccount'; name: string; namespace: string } | { kind: 'Group' | 'User'; name: string; apiGroup: string };

export const group = (name: string): Subject => ({ kind: 'Group', name, apiGroup: 'rbac.authorization.k8s.io' });
export const account = (namespace: string, name: string): Subject => ({ kind: 'ServiceAccount', name, namespace });

export const clusterRoleBinding = (name: string, role: string, subjects: Subject[], labels?: Record<string, string>): Manifest => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name, ...(labels && { labels }) },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
  subjects,
});

export const configMap = (namespace: string, name: string, data: Record<string, string>, labels?: Record<string, string>): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace, ...(labels && { labels }) },
  data,
});
