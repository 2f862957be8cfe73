import type { Tokens } from '../auth/tokens.ts';
import type { NodeAccess } from '../node-access.ts';
import type { RequestCounts } from './request-metrics.ts';
import type { Core } from '../registry/core.ts';

/** What answering requests takes. */
export interface ServerContext {
  readonly core: Core;
  readonly tokens: Tokens;
  /** Absent until kubelets run. */
  nodeAccess: NodeAccess | undefined;
  /** `127.0.0.1:PORT`, or what stands in for it before listening. */
  address: string;
  /** An API server that has just started has not read its roles yet: it allows nobody anything. */
  rolesUnread: boolean;
  readonly requests: RequestCounts;
}
