import type { Selector } from './selector.ts';

/** What is wrong with a selector's text, and where. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
  readonly position: number;

  constructor(message: string, position: number) {
    super(`${message} at character ${position + 1}`);
    this.position = position;
  }
}

interface Token {
  readonly kind: 'word' | 'string' | 'symbol' | 'end';
  readonly text: string;
  readonly position: number;
}

const tokenPattern = /\s*(?:("[^"]*"|'[^']*')|(==|!=|&&|\|\||[!(){},])|([A-Za-z0-9_.\-/]+))/y;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  tokenPattern.lastIndex = 0;
  for (let position = 0; text.slice(position).trim() !== ''; position = tokenPattern.lastIndex) {
    tokenPattern.lastIndex = position;
    const match = tokenPattern.exec(text);
    if (match === null) {
      const rest = text.slice(position).trimStart();
      throw new SelectorError(`unexpected ${JSON.stringify(rest[0])}`, text.length - rest.length);
    }
    const [, quoted, symbol, word] = match;
    const kind = quoted === undefined ? (symbol === undefined ? 'word' : 'symbol') : 'string';
    tokens.push({
      kind,
      text: quoted?.slice(1, -1) ?? symbol ?? word!,
      position: tokenPattern.lastIndex - (quoted ?? symbol ?? word!).length,
    });
  }
  return [...tokens, { kind: 'end', text: 'the end', position: text.length }];
}

/**
 * Calico's selector language: `==`, `!=`, `in`, `not in`, `contains`, `starts with`, `ends with`, `has()`, `all()`, `global()`,
 * `!`, `&&`, `||` and brackets; `&&` binds closer than `||` (libcalico-go/lib/selector). Empty text is `all()`.
 * Throws SelectorError.
 */
export function parseSelector(text: string): Selector {
  const tokens = tokenize(text);
  if (tokens.length === 1) return { op: 'all' };
  let at = 0;
  const peek = (): Token => tokens[at]!;
  const fail = (expected: string): never => {
    throw new SelectorError(
      `expected ${expected}, found ${peek().kind === 'end' ? 'the end' : JSON.stringify(peek().text)}`,
      peek().position,
    );
  };
  const take = (kind: Token['kind'], ...texts: string[]): Token | undefined => {
    const token = peek();
    if (token.kind !== kind || (texts.length > 0 && !texts.includes(token.text))) return undefined;
    at++;
    return token;
  };
  const need = (kind: Token['kind'], expected: string, ...texts: string[]): Token => take(kind, ...texts) ?? fail(expected);

  const list = (op: 'and' | 'or', symbol: string, operand: () => Selector): Selector => {
    const operands = [operand()];
    while (take('symbol', symbol)) operands.push(operand());
    return operands.length === 1 ? operands[0]! : { op, operands };
  };
  const expression = (): Selector => list('or', '||', () => list('and', '&&', unary));

  function unary(): Selector {
    if (take('symbol', '!')) return { op: 'not', operand: unary() };
    if (take('symbol', '(')) {
      const inner = expression();
      need('symbol', '")"', ')');
      return inner;
    }
    const { text: key } = need('word', 'a label, has(…), all(), global(), "!" or "("');
    if (take('symbol', '(')) return call(key);
    return comparison(key);
  }

  function call(name: string): Selector {
    if (name !== 'has' && name !== 'all' && name !== 'global') at -= 2;
    if (name === 'has') {
      const { text: key } = need('word', 'a label');
      need('symbol', '")"', ')');
      return { op: 'has', key };
    }
    if (name !== 'all' && name !== 'global') return fail('has(…), all() or global()');
    need('symbol', '")"', ')');
    return { op: name };
  }

  function comparison(key: string): Selector {
    if (take('symbol', '==')) return { op: 'in', key, values: [value()] };
    if (take('symbol', '!=')) return { op: 'not in', key, values: [value()] };
    if (take('word', 'contains')) return { op: 'contains', key, value: value() };
    if (take('word', 'in')) return { op: 'in', key, values: set() };
    const word = take('word', 'not', 'starts', 'ends')?.text;
    if (word === 'not') {
      need('word', '"in"', 'in');
      return { op: 'not in', key, values: set() };
    }
    if (word === undefined) return fail('==, !=, in, not in, contains, starts with or ends with');
    need('word', '"with"', 'with');
    return { op: word === 'starts' ? 'starts with' : 'ends with', key, value: value() };
  }

  const value = (): string => need('string', 'a quoted value').text;

  function set(): string[] {
    need('symbol', '"{"', '{');
    const values: string[] = [];
    while (!take('symbol', '}')) {
      values.push(value());
      if (!take('symbol', ',') && peek().text !== '}') fail('"," or "}"');
    }
    return values;
  }

  const result = expression();
  if (peek().kind !== 'end') fail('&&, || or the end');
  return result;
}
