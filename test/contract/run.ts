import { setTimeout as sleep } from 'node:timers/promises';
import { Api, type Exchange, type Target } from './api.ts';
import type { Group, Run } from './group.ts';
import { normalize } from './normalize.ts';

/** A group's namespace on one server. */
export class Stage {
  readonly #target: Target;
  readonly #ns = `k-${Math.random().toString(36).slice(2, 8)}x`;
  readonly #setup: Api;

  constructor(target: Target) {
    this.#target = target;
    this.#setup = new Api(target, this.#ns);
  }

  async prepare(group: Group): Promise<void> {
    await this.#setup.quietly('POST', '/api/v1/namespaces', { body: { metadata: { name: this.#ns } } });
    // Pods are refused before the account is there.
    for (let i = 0; i < 100; i++) {
      const { status } = await this.#setup.quietly('GET', this.#setup.at('serviceaccounts/default'));
      const map = await this.#setup.quietly('GET', this.#setup.at('configmaps/kube-root-ca.crt'));
      if (status === 200 && map.status === 200) break;
      await sleep(50);
    }
    await group.setup?.(this.#setup);
  }

  async perform(run: Run): Promise<Exchange[]> {
    const api = new Api(this.#target, this.#ns);
    try {
      await run(api);
    } finally {
      await api.clean();
      api.close();
    }
    return normalize(api.exchanges, this.#ns);
  }

  async dispose(): Promise<void> {
    await this.#setup.clean();
    this.#setup.close();
  }
}
