import { KindlabError } from '../../base/errors.ts';

export interface TranslateOptions {
  /** `1.20`; the newest that is known where it is not given. */
  readonly ciliumVersion?: string;
  /** Whether sctp.enabled is set. Without it Cilium drops SCTP between pods, and may not take rules that name it. */
  readonly sctp?: boolean;
}

/** What a release of Cilium can say. */
export interface Features {
  readonly groupApiVersion: 'cilium.io/v2' | 'cilium.io/v2alpha1';
  readonly egressGroups: boolean;
}

const newest = '1.20';

/** Throws KindlabError `cilium-version` for what is no version, and for releases before enableDefaultDeny and port ranges. */
export function featuresOf(version: string = newest): Features {
  const match = /^v?(\d+)\.(\d+)(?:\.\d+.*)?$/.exec(version);
  const minor = match ? Number(match[1]) * 1000 + Number(match[2]) : 0;
  if (minor < 1016)
    throw new KindlabError({
      code: 'cilium-version',
      message: `cannot translate for Cilium ${JSON.stringify(version)}: expected 1.16 or later, which know enableDefaultDeny and ranges of ports`,
      fix: '--cilium-version 1.18',
    });
  return {
    groupApiVersion: minor >= 1018 ? 'cilium.io/v2' : 'cilium.io/v2alpha1',
    egressGroups: minor >= 1017,
  };
}
