import type { Node, PodSpec } from '../../kube/types.ts';

export type Taint = NonNullable<NonNullable<Node['spec']>['taints']>[number];
export type Toleration = NonNullable<PodSpec['tolerations']>[number];

/** Toleration.ToleratesTaint: an absent effect or key stands for every one. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (toleration.operator === 'Exists') return true;
  return (toleration.value ?? '') === (taint.value ?? '');
}

/** The first taint with one of the effects that nothing tolerates. */
export function untoleratedTaint(
  taints: readonly Taint[] | undefined,
  tolerations: readonly Toleration[] | undefined,
  effects: readonly string[],
): Taint | undefined {
  return taints?.find((taint) => effects.includes(taint.effect) && !(tolerations ?? []).some((toleration) => tolerates(toleration, taint)));
}

/** How many taints with an effect nothing tolerates. */
export const untoleratedCount = (
  taints: readonly Taint[] | undefined,
  tolerations: readonly Toleration[] | undefined,
  effect: string,
): number => (taints ?? []).filter((taint) => taint.effect === effect && !(tolerations ?? []).some((t) => tolerates(t, taint))).length;
