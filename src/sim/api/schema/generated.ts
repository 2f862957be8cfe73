import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { asset } from '../../../base/assets.ts';

/** Reads a file that scripts/generate-kubernetes-data.ts made, by its path below src/. */
export const readGenerated = (path: string): unknown => JSON.parse(gunzipSync(readFileSync(asset(path))).toString('utf8'));

/** A value that is made at first use. */
export const lazy = <T>(make: () => T): (() => T) => {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
};
