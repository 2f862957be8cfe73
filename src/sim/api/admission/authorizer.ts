import type { Environment } from '@marcbachmann/cel-js';
import { authorized } from '../auth/authorize.ts';
import type { Attributes } from '../auth/rules.ts';
import type { UserInfo } from '../auth/user.ts';
import type { Core } from '../registry/core.ts';

class Decision {
  readonly allowed: boolean;
  constructor(allowed: boolean) {
    this.allowed = allowed;
  }
}

class Check {
  readonly who: Authorizer;
  readonly attributes: Partial<Attributes>;
  constructor(who: Authorizer, attributes: Partial<Attributes>) {
    this.who = who;
    this.attributes = attributes;
  }
  with(attributes: Partial<Attributes>): Check {
    return new Check(this.who, { ...this.attributes, ...attributes });
  }
}

class GroupCheck {
  readonly who: Authorizer;
  readonly group: string;
  constructor(who: Authorizer, group: string) {
    this.who = who;
    this.group = group;
  }
}

/** `authorizer` of policies: asks RBAC about who sends the request. */
export class Authorizer {
  readonly core: Core;
  readonly user: UserInfo;
  readonly requestResource: Check;
  constructor(core: Core, user: UserInfo, resource: Partial<Attributes>) {
    this.core = core;
    this.user = user;
    this.requestResource = new Check(this, resource);
  }
}

const prefix = 'kubernetes.authorization';

export function registerAuthorizer(environment: Environment): void {
  environment
    .registerType(`${prefix}.Decision`, Decision)
    .registerType(`${prefix}.ResourceCheck`, Check)
    .registerType(`${prefix}.GroupCheck`, GroupCheck)
    .registerType(`${prefix}.Authorizer`, { ctor: Authorizer, fields: { requestResource: `${prefix}.ResourceCheck` } })
    .registerFunction(
      `${prefix}.Authorizer.group(string): ${prefix}.GroupCheck`,
      (who: Authorizer, group: string) => new GroupCheck(who, group),
    )
    .registerFunction(
      `${prefix}.Authorizer.path(string): ${prefix}.ResourceCheck`,
      (who: Authorizer, path: string) => new Check(who, { path }),
    )
    .registerFunction(
      `${prefix}.Authorizer.serviceAccount(string, string): ${prefix}.Authorizer`,
      (who: Authorizer, namespace: string, name: string) => {
        const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
        return new Authorizer(who.core, { username: `system:serviceaccount:${namespace}:${name}`, groups }, who.requestResource.attributes);
      },
    )
    .registerFunction(
      `${prefix}.GroupCheck.resource(string): ${prefix}.ResourceCheck`,
      ({ who, group }: GroupCheck, resource: string) => new Check(who, { group, resource }),
    )
    .registerFunction(
      `${prefix}.ResourceCheck.check(string): ${prefix}.Decision`,
      ({ who, attributes }: Check, verb: string) => new Decision(authorized(who.core, who.user, { ...attributes, verb })),
    )
    .registerFunction(`${prefix}.Decision.allowed(): bool`, ({ allowed }: Decision) => allowed)
    .registerFunction(`${prefix}.Decision.errored(): bool`, () => false)
    .registerFunction(`${prefix}.Decision.error(): string`, () => '')
    .registerFunction(`${prefix}.Decision.reason(): string`, () => '')
    .registerVariable('authorizer', `${prefix}.Authorizer`);
  for (const part of ['subresource', 'namespace', 'name'] as const) {
    environment.registerFunction(`${prefix}.ResourceCheck.${part}(string): ${prefix}.ResourceCheck`, (check: Check, value: string) =>
      check.with({ [part]: value }),
    );
  }
}
