/** Flags as Go's cobra reads them: `--name=value`, `--name value`, `--name` for true. */
export interface CobraFlags {
  words: string[];
  text(name: string, short?: string): string | undefined;
  number(name: string, otherwise: number): number;
  is(name: string, otherwise?: boolean): boolean;
}

/** `switches` take no value unless it is written behind `=`. */
export function cobraFlags(args: readonly string[], switches: readonly string[] = []): CobraFlags {
  const found = new Map<string, string>();
  const words: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const match = /^--?([A-Za-z][\w-]*)(?:=(.*))?$/s.exec(args[i]!);
    if (!match) words.push(args[i]!);
    else if (match[2] !== undefined) found.set(match[1]!, match[2]);
    else if (switches.includes(match[1]!)) found.set(match[1]!, 'true');
    else found.set(match[1]!, args[++i] ?? '');
  }
  return {
    words,
    text: (name, short) => found.get(name) ?? (short === undefined ? undefined : found.get(short)),
    number: (name, otherwise) => Number(found.get(name) ?? otherwise),
    is: (name, otherwise = false) => (found.has(name) ? found.get(name) !== 'false' : otherwise),
  };
}

/** Go's `1m30s`, in milliseconds. */
export function goDurationMs(text: string): number {
  const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  return [...text.matchAll(/([\d.]+)(ms|s|m|h)/g)].reduce((sum, [, amount, unit]) => sum + Number(amount) * units[unit!]!, 0);
}
