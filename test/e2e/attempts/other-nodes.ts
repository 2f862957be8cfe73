import type { Attempt } from './attempt.ts';
export const otherNodes: Attempt[] = [];
