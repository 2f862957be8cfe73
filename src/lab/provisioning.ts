import { KindlabError, messageOf } from '../base/errors.ts';
import type { ProvisionEvent } from '../cluster/cluster.ts';
import type { SessionView } from './session-view.ts';

/** What a backend told of its provisioning, as a screen shows it. */
export class Provisioning {
  phase: SessionView['phase'] = 'provisioning';
  actions: SessionView['provisioning'] = [];
  failure: SessionView['failure'];

  take(event: ProvisionEvent): void {
    if (event.type === 'started') {
      this.actions = [...this.actions, { action: event.action, title: event.title, state: 'running' }];
      return;
    }
    this.actions = this.actions.map((entry) => {
      if (entry.action !== event.action) return entry;
      if (event.type === 'detail') return { ...entry, detail: event.text };
      return event.type === 'ended' ? { ...entry, state: 'done', ms: event.ms } : { ...entry, state: 'failed', detail: event.message };
    });
  }

  ready(): void {
    this.phase = 'ready';
  }

  fail(error: unknown): void {
    this.phase = 'failed';
    this.failure = { message: messageOf(error), ...(error instanceof KindlabError && error.fix && { fix: error.fix }) };
    this.actions = this.actions.map((entry) => (entry.state === 'running' ? { ...entry, state: 'failed' } : entry));
  }
}
