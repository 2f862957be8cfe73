import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import type { Core } from '../registry/core.ts';
import { withAuthenticated, type UserInfo } from './user.ts';

const issuer = 'https://kubernetes.default.svc.cluster.local';

export interface BoundObject {
  kind?: string;
  apiVersion?: string;
  name?: string;
  uid?: string;
}

interface Claims {
  aud: string[];
  exp: number;
  iat: number;
  nbf: number;
  iss: string;
  jti: string;
  sub: string;
  'kubernetes.io': { namespace: string; serviceaccount: { name: string; uid: string }; pod?: { name: string; uid: string } };
}

/** Signs and reads the tokens of service accounts: JWTs, ES256. */
export class Tokens {
  readonly #core: Core;
  readonly #private: KeyObject;
  readonly #public: KeyObject;
  readonly #kid: string;

  /** `pem` is the PKCS#8 key of sa.key. */
  constructor(core: Core, pem: string) {
    this.#core = core;
    this.#private = createPrivateKey(pem);
    this.#public = createPublicKey(this.#private);
    this.#kid = createHash('sha256')
      .update(this.#public.export({ type: 'spki', format: 'der' }))
      .digest('base64url');
  }

  static newKey(): string {
    return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  }

  sign(
    account: { namespace: string; name: string; uid: string },
    seconds: number,
    audiences: readonly string[],
    id: string,
    bound?: BoundObject,
  ): string {
    const now = Math.floor(this.#core.clock.now() / 1000);
    const { namespace, name, uid } = account;
    const claims: Claims = {
      aud: audiences.length > 0 ? [...audiences] : [issuer],
      exp: now + seconds,
      iat: now,
      nbf: now,
      iss: issuer,
      jti: id,
      sub: `system:serviceaccount:${namespace}:${name}`,
      'kubernetes.io': {
        namespace,
        serviceaccount: { name, uid },
        ...(bound?.kind === 'Pod' && { pod: { name: bound.name ?? '', uid: bound.uid ?? '' } }),
      },
    };
    const text = `${encode({ alg: 'ES256', kid: this.#kid })}.${encode(claims)}`;
    return `${text}.${sign('sha256', Buffer.from(text), { key: this.#private, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  }

  /** Undefined for anything that is no valid token of an account, and a pod it is bound to, that exist. */
  user(token: string): UserInfo | undefined {
    const [head, payload, signature, more] = token.split('.');
    if (!head || !payload || !signature || more !== undefined) return undefined;
    const key = { key: this.#public, dsaEncoding: 'ieee-p1363' } as const;
    if (!verify('sha256', Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, 'base64url'))) return undefined;
    // What we signed ourselves parses.
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims;
    const { namespace, serviceaccount, pod } = claims['kubernetes.io'];
    const account = this.#core.store.get('/serviceaccounts', `${namespace}/${serviceaccount.name}`);
    if (account?.metadata.uid !== serviceaccount.uid || claims.exp * 1000 < this.#core.clock.now()) return undefined;
    if (pod && this.#core.store.get('/pods', `${namespace}/${pod.name}`)?.metadata.uid !== pod.uid) return undefined;
    return withAuthenticated({
      username: claims.sub,
      uid: serviceaccount.uid,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
      extra: {
        'authentication.kubernetes.io/credential-id': [`JTI=${claims.jti}`],
        ...(pod && { 'authentication.kubernetes.io/pod-name': [pod.name], 'authentication.kubernetes.io/pod-uid': [pod.uid] }),
      },
    });
  }
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
