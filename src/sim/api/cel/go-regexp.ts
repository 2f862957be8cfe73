/**
 * Go's RE2 expressions are near enough to JavaScript's for what schemas and rules use: inline flags at the beginning are moved
 * out, \z and \A are anchors, and named groups lose their P.
 */
export function goRegExp(pattern: string, extra = ''): RegExp {
  const flags = /^\(\?([ims]+)\)/.exec(pattern);
  const source = (flags ? pattern.slice(flags[0].length) : pattern).replaceAll('(?P<', '(?<').replace(/\\z/g, '$').replace(/\\A/g, '^');
  return new RegExp(source, [...new Set(`${flags?.[1] ?? ''}${extra}`)].join(''));
}

/** What Go says of an expression that it cannot read; undefined where it can. */
export function goRegExpProblem(pattern: string): string | undefined {
  try {
    goRegExp(pattern);
  } catch {
    return `error parsing regexp: ${goReason(pattern)}`;
  }
  const lookaround = /\(\?<?[=!]/.exec(pattern);
  return lookaround
    ? `error parsing regexp: invalid or unsupported Perl syntax: \`${lookaround[0].slice(0, lookaround[0].includes('<') ? 3 : 3)}\``
    : undefined;
}

function goReason(pattern: string): string {
  const bare = pattern.replace(/\\./g, '').replace(/\[[^\]]+\]/g, '');
  const [open, close] = [bare.split('(').length, bare.split(')').length];
  if (open > close) return `missing closing ): \`${pattern}\``;
  if (close > open) return `unexpected ): \`${pattern}\``;
  if (bare.includes('[')) return `missing closing ]: \`${pattern.slice(pattern.lastIndexOf('['))}\``;
  const repeated = /(?:^|\(|\|)([*+?])/.exec(bare)?.[1];
  if (repeated) return `missing argument to repetition operator: \`${repeated}\``;
  return `invalid escape sequence: \`${/\\.?/.exec(pattern)?.[0] ?? pattern}\``;
}
