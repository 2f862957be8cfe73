import { rfc3339, type Clock } from '../../../base/clock.ts';
import type { Store } from '../../store/store.ts';
import type { UserInfo } from '../auth/user.ts';
import type { Written } from '../machinery.ts';
import type { Catalog } from './catalog.ts';

/** What every operation of the registry works on. */
export interface Core {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: () => number;
  readonly catalog: Catalog;
}

export const nowOf = (core: Core): string => rfc3339(core.clock.now());

/** How a write is to be done. */
export interface WriteOptions {
  dryRun?: boolean;
  /** Whose fields the write makes; absent: not tracked, as for the cluster's own controllers. */
  fieldManager?: string;
  /** Present for requests from outside: unknown fields are looked for, and pruned. */
  fieldValidation?: 'Strict' | 'Warn' | 'Ignore';
  /** Receives texts for Warning headers. */
  warn?: (text: string) => void;
  /** What the body's text says beyond its value. */
  written?: Written;
  subresource?: string;
  /** Who writes; absent where the cluster's own parts do. */
  user?: UserInfo;
  /** Server-side apply has noted the fields already. */
  tracked?: boolean;
  /** The object is the caller's own and may be changed in place. */
  owned?: boolean;
}
