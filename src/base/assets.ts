/**
 * A file that lies beside the sources and is no code, by its path below src/. It has the same path below dist/: this module
 * is one folder deep in both (scripts/build.mjs puts its chunk there).
 */
export const asset = (path: string): URL => new URL(`../${path}`, import.meta.url);
