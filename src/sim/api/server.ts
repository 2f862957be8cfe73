import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock, type Clock } from '../../base/clock.ts';
import { KindlabError } from '../../base/errors.ts';
import type { ApiClient } from './client.ts';
import { Tokens } from './auth/tokens.ts';
import { admin } from './auth/user.ts';
import type { ServerContext } from './http/context.ts';
import { RequestCounts } from './http/request-metrics.ts';
import { createHandler } from './http/handler.ts';
import { collect } from './http/collect.ts';
import { listen, type Listening } from './http/server.ts';
import { createApiClient } from './in-process.ts';
import type { NodeAccess } from './node-access.ts';
import { createPodApi } from './pod-api-server.ts';
import type { PodApi } from './pod-api.ts';
import { kubeconfig } from './pki/kubeconfig.ts';
import { openPki, type Pki } from './pki/pki.ts';
import type { Core } from './registry/core.ts';
import { resumeCleanup } from './strategies/custom-resource-definition.ts';
import { createUpgradeHandler } from './streams/upgrade.ts';

export interface ApiServerOptions {
  core: Core;
  /** How the server reaches the kubelets; `useNodes` sets it later. */
  nodeAccess?: NodeAccess;
  /** Folder of the cluster: `pki/` and `kubeconfig` are kept in it. Absent: nothing is written. */
  folder?: string;
  /** Cluster name; the kubeconfig's context is `kind-NAME`. */
  name: string;
  /** 127.0.0.1 port; 0 (the default) takes the last one again where it is free, or picks one. */
  port?: number;
  pki?: Pki;
  wallClock?: Clock;
}

export interface LocalRequest {
  body?: string | undefined;
  contentType?: string | undefined;
  accept?: string | undefined;
  signal?: AbortSignal | undefined;
}

export interface ApiServer {
  readonly api: ApiClient;
  readonly pki: Pki;
  /** `https://127.0.0.1:PORT`; throws before `listen`. */
  readonly url: string;
  readonly port: number;
  readonly kubeconfigPath: string;
  useNodes(nodeAccess: NodeAccess): void;
  readonly podApi: PodApi;
  /** A request as the cluster's admin, without a socket. A watch answers when its signal or its own time ends it. */
  request(method: string, path: string, options?: LocalRequest): Promise<{ status: number; body: string }>;
  /** `down`: nobody is answered. `starting`: it answers, and forbids everything, for it has not read its roles yet. */
  power(state: 'down' | 'starting' | 'up'): void;
  /** Begins to serve and writes the kubeconfig. Throws KindlabError `port-in-use`. */
  listen(): Promise<void>;
  close(): Promise<void>;
}

/** Name of the store's setting that keeps the port. */
const portSetting = 'api-port';

export function createApiServer(options: ApiServerOptions): ApiServer {
  const { core, folder, name } = options;
  const pki = options.pki ?? openPki(folder && join(folder, 'pki'), options.wallClock ?? systemClock);
  resumeCleanup(core);
  const tokens = new Tokens(core, pki.accountKey);
  const context: ServerContext = {
    core,
    tokens,
    nodeAccess: options.nodeAccess,
    address: '127.0.0.1',
    rolesUnread: false,
    requests: new RequestCounts(),
  };
  const handler = createHandler(context);
  let listening: Listening | undefined;
  const kubeconfigPath = join(folder ?? '', 'kubeconfig');
  const active = (): Listening => {
    if (!listening) throw new Error('the API server does not listen yet');
    return listening;
  };

  const open = async (port: number): Promise<Listening> => listen({ handler, upgrade: createUpgradeHandler(context), tokens, pki, port });

  return {
    api: createApiClient(core),
    pki,
    podApi: createPodApi(context, handler),
    kubeconfigPath,
    get url() {
      return `https://127.0.0.1:${active().port}`;
    },
    get port() {
      return active().port;
    },
    useNodes(nodeAccess) {
      context.nodeAccess = nodeAccess;
    },
    async request(method, path, { body = '', contentType = 'application/json', accept, signal = new AbortController().signal } = {}) {
      const url = new URL(path, 'https://kubernetes');
      const headers: Record<string, string | undefined> = { 'content-type': contentType, accept };
      const response = await handler({
        method,
        path: url.pathname,
        query: url.searchParams,
        header: (header) => headers[header],
        body: async () => Buffer.from(body),
        user: admin,
        signal,
      });
      return { status: response.status, body: await collect(response, signal) };
    },
    power(state) {
      context.rolesUnread = state === 'starting';
      listening?.power(state !== 'down');
    },
    async listen() {
      listening = await open(options.port || Number(core.store.setting(portSetting) ?? 0)).catch((error: unknown) => {
        // The kept port was only a preference: the kubeconfig tells the new one.
        if (options.port || !(error instanceof KindlabError) || error.code !== 'port-in-use') throw error;
        return open(0);
      });
      context.address = `127.0.0.1:${listening.port}`;
      core.store.setSetting(portSetting, String(listening.port));
      if (!folder) return;
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(kubeconfigPath, kubeconfig(name, this.url, pki), { mode: 0o600 });
      chmodSync(kubeconfigPath, 0o600);
    },
    async close() {
      await listening?.close();
      listening = undefined;
    },
  };
}
