import { checkEscalation } from './escalation.ts';
import { checkPodSecurity } from './pod-security.ts';
import { checkQuota } from './quota.ts';
import { checkLimits, fillLimits } from './limit-ranger.ts';
import type { AdmissionRequest } from './request.ts';
import { checkPolicies } from './validating-policies.ts';

/** Plugins that change an object, before it is validated; beside those that are part of a kind's strategy. */
export function mutate(request: AdmissionRequest): void {
  fillLimits(request);
}

/** Plugins that only look, after validation, in upstream's order. Throws StatusError. */
export function admit(request: AdmissionRequest): void {
  if (request.definition.hidden) return;
  checkEscalation(request);
  checkLimits(request);
  checkPodSecurity(request);
  checkPolicies(request);
  // Last, so that what is refused is not counted.
  checkQuota(request);
}
