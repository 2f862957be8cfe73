import { ToolError } from './tool.ts';

/** `text` takes a value and may come again; `switch` may stand alone or with `=true|false`; `optional` may carry `=value`. */
export type FlagKind = 'text' | 'switch' | 'optional';

export interface FlagSpec {
  kind: FlagKind;
  short?: string;
}

export const text = (short?: string): FlagSpec => ({ kind: 'text', ...(short && { short }) });
export const toggle = (short?: string): FlagSpec => ({ kind: 'switch', ...(short && { short }) });
export const optional = (): FlagSpec => ({ kind: 'optional' });

/** A parsed command line, as Go's pflag reads one. */
export class Flags {
  readonly args: string[] = [];
  /** What stands behind `--`. */
  readonly rest: string[] = [];
  /** Flags in the order given, repeated ones as often as they came. */
  readonly given: { name: string; value: string }[] = [];

  all(name: string): string[] {
    return this.given.filter((flag) => flag.name === name).map((flag) => flag.value);
  }

  value(name: string): string | undefined {
    return this.all(name).at(-1);
  }

  /** Whether a switch is on. */
  on(name: string): boolean {
    const value = this.value(name);
    return value !== undefined && value !== 'false';
  }
}

export interface ParseOptions {
  /** The first argument ends the flags: what follows belongs to another command (`docker exec`). */
  stopAtArgument?: boolean;
}

/** Throws ToolError in pflag's words. */
export function parseFlags(argv: readonly string[], specs: Readonly<Record<string, FlagSpec>>, options: ParseOptions = {}): Flags {
  const flags = new Flags();
  const byShort = new Map(Object.entries(specs).flatMap(([name, spec]) => (spec.short ? [[spec.short, name] as const] : [])));
  const queue = [...argv];
  for (let token = queue.shift(); token !== undefined; token = queue.shift()) {
    if (token === '--') {
      flags.rest.push(...queue);
      break;
    }
    if (token.startsWith('--')) long(token);
    else if (token.startsWith('-') && token !== '-') short(token);
    else {
      flags.args.push(token);
      if (options.stopAtArgument) {
        flags.rest.push(...queue);
        break;
      }
    }
  }
  return flags;

  function long(token: string): void {
    const [name = '', ...parts] = token.slice(2).split('=');
    const spec = specs[name];
    if (!spec) throw new ToolError(`unknown flag: --${name}`);
    if (parts.length > 0) add(name, parts.join('='));
    else if (spec.kind === 'text') add(name, next(`flag needs an argument: --${name}`));
    else add(name, 'true');
  }

  function short(token: string): void {
    for (let index = 1; index < token.length; index++) {
      const letter = token[index]!;
      const name = byShort.get(letter);
      if (!name) throw new ToolError(`unknown shorthand flag: '${letter}' in ${token}`);
      if (specs[name]!.kind !== 'text') {
        add(name, 'true');
        continue;
      }
      const attached = token.slice(index + 1).replace(/^=/, '');
      add(name, attached || next(`flag needs an argument: '${letter}' in ${token}`));
      return;
    }
  }

  function next(missing: string): string {
    const value = queue.shift();
    if (value === undefined) throw new ToolError(missing);
    return value;
  }

  function add(name: string, value: string): void {
    flags.given.push({ name, value });
  }
}

/** Milliseconds of a Go duration as `5m0s`, `90s`. Throws ToolError in Go's words. */
export function parseDuration(written: string, flag: string): number {
  const units: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
  const parts = [...written.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)];
  if (parts.length === 0 || parts.map((part) => part[0]).join('') !== written) {
    throw new ToolError(`invalid argument "${written}" for "--${flag}" flag: time: invalid duration "${written}"`);
  }
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * units[unit!]!, 0);
}
