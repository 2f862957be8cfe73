import type { Attempt } from './attempt.ts';
export const firstNode: Attempt[] = [];
