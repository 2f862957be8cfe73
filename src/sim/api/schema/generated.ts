import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** Reads a file that scripts/generate-kubernetes-data.ts made. */
export const readGenerated = (url: URL): unknown => JSON.parse(gunzipSync(readFileSync(url)).toString('utf8'));

/** A value that is made at first use. */
export const lazy = <T>(make: () => T): (() => T) => {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
};
