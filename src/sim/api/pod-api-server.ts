import { StatusError } from '../../kube/status.ts';
import { bearer } from './auth/user.ts';
import { collect } from './http/collect.ts';
import type { ServerContext } from './http/context.ts';
import { failure, type Handler } from './http/handler.ts';
import type { PodApi } from './pod-api.ts';
import { requestToken } from './subresources/token.ts';

/** What the API server does for pods without a socket of this machine. */
export const createPodApi = ({ core, tokens }: ServerContext, handler: Handler): PodApi => ({
  token(pod, expirationSeconds, audience) {
    const { name, namespace = 'default', uid } = pod.metadata;
    const spec = {
      ...(expirationSeconds !== undefined && { expirationSeconds }),
      audiences: audience === undefined ? [] : [audience],
      boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name, uid },
    };
    const answer = requestToken(core, tokens, namespace, pod.spec?.serviceAccountName ?? 'default', { spec });
    return (answer['status'] as { token: string }).token;
  },
  async answer({ method, path, headers, body }, signal) {
    const url = new URL(path, 'https://kubernetes');
    const respond = async () => {
      const user = bearer(headers['authorization'], (token) => tokens.user(token));
      const read = async () => Buffer.from(body);
      return handler({ method, path: url.pathname, query: url.searchParams, header: (name) => headers[name], body: read, user, signal });
    };
    const response = await respond().catch((error: unknown) => {
      if (error instanceof StatusError) return failure(error);
      throw error;
    });
    const single = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
    return { status: response.status, headers: Object.fromEntries(single), body: await collect(response, signal) };
  },
});
