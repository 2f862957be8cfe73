import type { Pki } from './pki.ts';

const base64 = (pem: string): string => Buffer.from(pem).toString('base64');

/** A kubeconfig as `kind create cluster` writes it: one context, `kind-NAME`, as the cluster's admin. */
export const kubeconfig = (name: string, server: string, pki: Pki): string => `apiVersion: v1
kind: Config
preferences: {}
clusters:
- name: kind-${name}
  cluster:
    certificate-authority-data: ${base64(pki.ca)}
    server: ${server}
users:
- name: kind-${name}
  user:
    client-certificate-data: ${base64(pki.adminCertificate)}
    client-key-data: ${base64(pki.adminKey)}
contexts:
- name: kind-${name}
  context:
    cluster: kind-${name}
    user: kind-${name}
current-context: kind-${name}
`;
