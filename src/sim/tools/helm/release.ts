import { gunzipSync, gzipSync } from 'node:zlib';
import type { Clock } from '../../../base/clock.ts';
import { secrets } from '../../../kube/resources.ts';
import type { Secret } from '../../../kube/types.ts';
import type { ApiClient } from '../../api/client.ts';
import type { Values } from '../charts/chart.ts';

export type ReleaseStatus =
  | 'deployed'
  | 'superseded'
  | 'failed'
  | 'uninstalled'
  | 'uninstalling'
  | 'pending-install'
  | 'pending-upgrade'
  | 'pending-rollback';

/** A release as Helm stores it (pkg/release/v1): the fields that helm's commands read. */
export interface HelmRelease {
  name: string;
  namespace: string;
  /** The revision. */
  version: number;
  info: { first_deployed: string; last_deployed: string; deleted: string; description: string; status: ReleaseStatus; notes: string };
  chart: {
    metadata: { name: string; version: string; appVersion: string; description: string; apiVersion: 'v2' };
    lock: null;
    templates: never[];
    values: Values;
    schema: null;
    files: never[];
  };
  /** What the person gave. */
  config: Values;
  manifest: string;
  hooks: never[];
  apply_method: 'ssa';
}

const secretName = (release: { name: string; version: number }) => `sh.helm.release.v1.${release.name}.v${release.version}`;

const encode = (release: HelmRelease): string =>
  Buffer.from(gzipSync(JSON.stringify(release)).toString('base64'), 'utf8').toString('base64');

const decode = (secret: Secret): HelmRelease => {
  const packed = Buffer.from(secret.data?.['release'] ?? '', 'base64').toString('utf8');
  return JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString('utf8')) as HelmRelease;
};

/** Helm's storage: one Secret a revision, of type helm.sh/release.v1, that a real helm reads as well. */
export class ReleaseStorage {
  readonly #api: ApiClient;
  readonly #clock: Clock;

  constructor(context: { api: ApiClient; clock: Clock }) {
    this.#api = context.api;
    this.#clock = context.clock;
  }

  /** Creates or replaces the revision's Secret. */
  save(release: HelmRelease): void {
    const labels = {
      modifiedAt: String(Math.floor(this.#clock.now() / 1000)),
      name: release.name,
      owner: 'helm',
      status: release.info.status,
      version: String(release.version),
    };
    const name = secretName(release);
    if (this.#api.get(secrets, release.namespace, name)) {
      this.#api.modify(secrets, release.namespace, name, (secret) => {
        secret.metadata.labels = { ...secret.metadata.labels, ...labels };
        secret.data = { release: encode(release) };
      });
      return;
    }
    this.#api.create(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: release.namespace, labels },
      type: 'helm.sh/release.v1',
      data: { release: encode(release) },
    });
  }

  /** All revisions, oldest first; of one release, or of all in a namespace or everywhere. */
  revisions(namespace?: string, name?: string): HelmRelease[] {
    const labelSelector = `owner=helm${name ? `,name=${name}` : ''}`;
    return this.#api
      .list(secrets, { ...(namespace && { namespace }), labelSelector })
      .map(decode)
      .sort((a, b) => a.namespace.localeCompare(b.namespace) || a.name.localeCompare(b.name) || a.version - b.version);
  }

  latest(namespace: string, name: string): HelmRelease | undefined {
    return this.revisions(namespace, name).at(-1);
  }

  /** The revision that is in force: deployed, or the last one that ever was. */
  deployed(namespace: string, name: string): HelmRelease | undefined {
    return this.revisions(namespace, name).findLast((release) => release.info.status === 'deployed');
  }

  remove(release: HelmRelease): void {
    this.#api.delete(secrets, release.namespace, secretName(release));
  }
}
