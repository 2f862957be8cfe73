import { labelValue, qualifiedName } from './names.ts';
import { badRequest } from './status.ts';
import type { LabelSelector } from './types.ts';

export { matchesFields, parseFieldSelector } from './field-selectors.ts';

type Operator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | '>' | '<';

export interface LabelRequirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

/** Every requirement must hold; an empty list matches everything. */
export type ParsedLabelSelector = readonly LabelRequirement[];

type Labels = Readonly<Record<string, string>> | undefined;

interface Token {
  kind: 'symbol' | 'identifier' | 'end' | 'error';
  text: string;
}

const symbols = new Set([')', ',', '!', '==', '=', '>', '<', '!=', '(']);
const binaryOperators = new Set(['in', 'notin', '=', '==', '!=', '>', '<']);

/** Splits as labels.Lexer does: the longest run of symbol characters that begins with a known symbol, or a word. */
function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (const [run] of text.matchAll(/[=!(),<>]+|[^\s=!(),<>]+/g)) {
    if (!/^[=!(),<>]/.test(run)) {
      tokens.push({ kind: run === 'in' || run === 'notin' ? 'symbol' : 'identifier', text: run });
      continue;
    }
    for (let rest = run; rest !== '';) {
      const symbol = symbols.has(rest.slice(0, 2)) ? rest.slice(0, 2) : rest.slice(0, 1);
      tokens.push({ kind: 'symbol', text: symbol });
      rest = rest.slice(symbol.length);
    }
  }
  return [...tokens, { kind: 'end', text: '' }];
}

/** A cursor over the tokens. Where a value is expected, `in` and `notin` are words like any other. */
class Parser {
  readonly #tokens: Token[];
  #position = 0;

  constructor(text: string) {
    this.#tokens = tokenize(text);
  }

  peek(): Token {
    const token = this.#tokens[Math.min(this.#position, this.#tokens.length - 1)]!;
    return token.text === 'in' || token.text === 'notin' ? { kind: 'identifier', text: token.text } : token;
  }

  next(): Token {
    const token = this.peek();
    this.#position++;
    return token;
  }

  at(...texts: string[]): boolean {
    const token = this.peek();
    return token.kind === 'end' ? texts.includes('end') : token.kind === 'symbol' && texts.includes(token.text);
  }

  selector(): LabelRequirement[] {
    const requirements: LabelRequirement[] = [];
    while (!this.at('end')) {
      if (this.peek().kind !== 'identifier' && !this.at('!')) {
        throw badRequest(`found '${this.peek().text}', expected: !, identifier, or 'end of string'`);
      }
      requirements.push(this.#requirement());
      if (this.at('end')) break;
      if (!this.at(',')) throw badRequest(`found '${this.peek().text}', expected: ',' or 'end of string'`);
      this.next();
      if (this.peek().kind !== 'identifier' && !this.at('!')) {
        throw badRequest(`found '${this.peek().text}', expected: identifier after ','`);
      }
    }
    return requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  }

  #requirement(): LabelRequirement {
    const absent = this.at('!');
    if (absent) this.next();
    const { kind, text: key } = this.next();
    if (kind !== 'identifier') throw unparsable(`found '${key}', expected: identifier`);
    const wrong = qualifiedName(key);
    if (wrong.length > 0) throw unparsable(`<nil>: Invalid value: ${JSON.stringify(key)}: ${wrong.join('; ')}`);
    if (absent) return { key, operator: '!', values: [] };
    if (this.at('end', ',')) return { key, operator: 'exists', values: [] };
    const operator = this.next().text as Operator;
    if (!binaryOperators.has(operator)) throw unparsable(`found '${operator}', expected: in, notin, =, ==, !=, gt, lt`);
    const values = operator === 'in' || operator === 'notin' ? this.#set() : [this.#exact()];
    return checked({ key, operator, values });
  }

  #exact(): string {
    if (this.at('end', ',')) return '';
    const { kind, text } = this.next();
    if (kind !== 'identifier') throw unparsable(`found '${text}', expected: identifier`);
    return text;
  }

  #set(): string[] {
    const open = this.next();
    if (open.text !== '(') throw unparsable(`found '${open.text}' expected: '('`);
    const values = new Set<string>();
    // An empty place between commas, or before the end, is the empty value.
    for (;;) {
      const word = this.peek().kind === 'identifier';
      if (!word && !this.at(',', ')')) {
        const expected = values.size === 0 ? "',', ')' or identifier" : "',', or identifier";
        throw unparsable(`found '${this.peek().text}', expected: ${expected}`);
      }
      values.add(word ? this.next().text : '');
      const { kind, text } = this.next();
      if (kind === 'symbol' && text === ')') return [...values].sort();
      if (kind !== 'symbol' || text !== ',') throw unparsable(`found '${text}', expected: ',' or ')'`);
    }
  }
}

const unparsable = (why: string) => badRequest(`unable to parse requirement: ${why}`);

function checked(requirement: LabelRequirement): LabelRequirement {
  const { key, operator, values } = requirement;
  const causes = values.flatMap((value, i) => {
    if ((operator === '>' || operator === '<') && !/^[+-]?\d+$/.test(value)) {
      return [`values[${i}]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`];
    }
    const wrong = labelValue(value);
    return wrong.length > 0 ? [`values[${i}][${key}]: Invalid value: ${JSON.stringify(value)}: ${wrong.join('; ')}`] : [];
  });
  if (causes.length > 0) throw unparsable(causes.length > 1 ? `[${causes.join(', ')}]` : causes[0]!);
  return requirement;
}

/** Parses what `kubectl -l` takes: `a=b,c!=d,e in (f,g),h,!i`. Throws StatusError 400 with upstream's text. */
export const parseLabelSelector = (text: string): ParsedLabelSelector => new Parser(text).selector();

const holds = (labels: Labels, { key, operator, values }: LabelRequirement): boolean => {
  const value = labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value);
    case '>':
    case '<': {
      if (value === undefined || !/^[+-]?\d+$/.test(value)) return false;
      const difference = BigInt(value.replace('+', '')) - BigInt(values[0]!.replace('+', ''));
      return operator === '>' ? difference > 0n : difference < 0n;
    }
    default:
      return value !== undefined && values.includes(value);
  }
};

export const matchesLabels = (labels: Labels, selector: ParsedLabelSelector): boolean =>
  selector.every((requirement) => holds(labels, requirement));

const operators: Readonly<Record<string, Operator>> = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' };

/** As metav1.LabelSelectorAsSelector: no selector matches nothing, an empty one everything. */
export function matchesLabelSelector(labels: Labels, selector: LabelSelector | undefined): boolean {
  if (!selector) return false;
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    if (labels?.[key] !== value) return false;
  }
  return (selector.matchExpressions ?? []).every(({ key, operator, values }) => {
    const known = operators[operator];
    return known !== undefined && holds(labels, { key, operator: known, values: values ?? [] });
  });
}

/** The text of a metav1.LabelSelector as `kubectl -l` and `status.selector` of a Scale write it. */
export function formatLabelSelector(selector: LabelSelector | undefined): string {
  const parts = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => ({ key, text: `${key}=${value}` }));
  for (const { key, operator, values = [] } of selector?.matchExpressions ?? []) {
    const set = `(${[...values].sort().join(',')})`;
    const texts: Record<string, string> = { In: `${key} in ${set}`, NotIn: `${key} notin ${set}`, Exists: key, DoesNotExist: `!${key}` };
    parts.push({ key, text: texts[operator] ?? key });
  }
  return parts
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ text }) => text)
    .join(',');
}
