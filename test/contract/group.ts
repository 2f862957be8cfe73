import type { Api } from './api.ts';

export type Run = (api: Api) => Promise<unknown>;

/** Cases that share a namespace, and what `setup` makes in it. */
export interface Group {
  name: string;
  setup?: Run;
  cases: Readonly<Record<string, Run>>;
}
