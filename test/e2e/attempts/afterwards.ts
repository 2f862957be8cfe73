import type { Attempt } from './attempt.ts';
export const afterwards: Attempt[] = [];
