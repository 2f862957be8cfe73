import { EvaluationError, ParseError, type ASTNode, type Environment } from '@marcbachmann/cel-js';
import { messageOf } from '../../../base/errors.ts';

/** What the library throws, as far as it is looked at here. */
interface Problem {
  code: string;
  summary: string;
  range?: { start: number; end: number };
  node?: { op?: string; args?: unknown };
}

export interface Program {
  readonly expression: string;
  /** As upstream names it: `bool`, `list(string)`. */
  readonly type: string;
  /** As the library names it, to declare a variable of. */
  readonly declaredType: string;
  /** Whether the expression names the variable. */
  uses(variable: string): boolean;
  /** Throws CelFailure. */
  run(variables: Record<string, unknown>): unknown;
}

/** Why an expression gave no value, in cel-go's words. */
export class CelFailure extends Error {}

/** Either a program, or why there is none (`ERROR: <input>:1:5: undefined field 'b'…`). */
export type Compiled = { program: Program } | { problem: string };

/** Parses and type-checks an expression; what is wrong is told as cel-go tells it. */
export function compile(environment: Environment, expression: string): Compiled {
  const checked = environment.check(expression);
  if (!checked.valid) return { problem: issue(expression, checked.error as unknown as Problem, functionNames(environment)) };
  const parsed = environment.parse(expression);
  const misspelt = unknownPresence(environment, parsed.ast, expression);
  if (misspelt) return { problem: misspelt };
  const names = new Set<string>();
  visit(parsed.ast, (node) => node.op === 'id' && names.add(node.args));
  const run = (variables: Record<string, unknown>): unknown => {
    try {
      return parsed(variables);
    } catch (error) {
      throw new CelFailure(error instanceof EvaluationError ? runtime(error) : messageOf(error));
    }
  };
  return {
    program: {
      expression,
      type: typeName(checked.type ?? 'dyn'),
      declaredType: checked.type ?? 'dyn',
      uses: (name) => names.has(name),
      run,
    },
  };
}

const runtime = (error: EvaluationError): string => {
  const { summary, code } = error as unknown as Problem;
  if (code === 'no_such_key') return summary.replace(/^No such key/, 'no such key');
  if (code === 'index_out_of_bounds') return `index out of bounds: ${/index (-?\d+)/.exec(summary)?.[1] ?? ''}`;
  if (code === 'no_such_overload' || code === 'no_matching_overload') return 'no such overload';
  return summary;
};

/** `list<string>` and `map<string, int>` as cel-go writes them. */
function typeName(type: string): string {
  const wrapped = /^dyn<(.*)>$/.exec(type);
  if (wrapped) return typeName(wrapped[1]!);
  return type
    .replaceAll('google.protobuf.Timestamp', 'timestamp')
    .replaceAll('google.protobuf.Duration', 'duration')
    .replaceAll('optional<', 'optional_type<')
    .replaceAll('<', '(')
    .replaceAll('>', ')');
}

const names: Readonly<Record<string, string>> = { '!': '!_', '-': '-_', in: '@in' };

/** The place is the operator's, the dot's or the opening bracket's. */
function issue(expression: string, error: Problem, known: ReadonlySet<string>): string {
  const { start = 0 } = error.range ?? {};
  const at = (index: number, text: string) => located(expression, index, text);
  const summary = error.summary;
  const overload = /^no such overload: (.+) (==|!=|<=|>=|<|>|\+|-|\*|\/|%|in) (.+)$/.exec(summary);
  if (error instanceof ParseError) return at(start, syntax(expression, start, summary));
  if (overload) {
    const [, left, operator, right] = overload as unknown as [string, string, string, string];
    const operands = error.node?.args as [{ end: number }] | undefined;
    const position = expression.indexOf(operator, operands?.[0].end);
    return at(position < 0 ? start : position, noOverload(names[operator] ?? `_${operator}_`, [left, right]));
  }
  const unary = /^no such overload: ([!-])(.+)$/.exec(summary);
  if (unary) return at(start, noOverload(names[unary[1]!]!, [unary[2]!]));
  const call = /^found no matching overload for '(?:(.+)\.)?(\w+)\((.*)\)'$/.exec(summary);
  if (call) {
    const [, receiver, name, given] = call as unknown as [string, string | undefined, string, string];
    const position = expression.indexOf('(', expression.indexOf(name, receiver ? receiverEnd(error) : start));
    if (!known.has(name)) return at(position < 0 ? start : position, `undeclared reference to '${name}' (in container '')`);
    const parameters = splitTypes(given);
    const types = receiver ? `${typeName(receiver)}.(${parameters.map(typeName).join(', ')})` : `(${parameters.map(typeName).join(', ')})`;
    return at(position < 0 ? start : position, `found no matching overload for '${name}' applied to '${types}'`);
  }
  const indexed = /^Cannot index type '(.+)'$/.exec(summary);
  if (indexed) return at(start - 1, `type '${typeName(indexed[1]!)}' does not support field selection`);
  switch (error.code) {
    case 'no_such_key':
      return at(start - 1, `undefined field '${summary.replace(/^No such key: /, '')}'`);
    case 'unknown_variable':
      return at(start, `undeclared reference to '${summary.replace(/^Unknown variable: /, '')}' (in container '')`);
    default:
      return at(start, summary);
  }
}

const functionNames = (environment: Environment): ReadonlySet<string> =>
  new Set(environment.getDefinitions().functions.map(({ name }) => name));

const receiverEnd = ({ node }: Problem): number => (node?.args as [string, { end: number }] | undefined)?.[1]?.end ?? 0;

const noOverload = (operator: string, types: string[]): string =>
  `found no matching overload for '${operator}' applied to '(${types.map(typeName).join(', ')})'`;

/** `map<string, int>, list<string>` at its outer commas. */
function splitTypes(text: string): string[] {
  const out: string[] = [];
  let depth = 0;
  let from = 0;
  [...text].forEach((character, i) => {
    if (character === '<') depth++;
    if (character === '>') depth--;
    if (character === ',' && depth === 0) {
      out.push(text.slice(from, i).trim());
      from = i + 1;
    }
  });
  return text === '' ? [] : [...out, text.slice(from).trim()];
}

const operand = "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

function syntax(expression: string, start: number, summary: string): string {
  const ended = start >= expression.trimEnd().length;
  if (ended && /(==|!=|<=|>=|[<>+\-*/%?:([{,.]|&&|\|\||\bin)\s*$/.test(expression))
    return `Syntax error: mismatched input '<EOF>' expecting ${operand}`;
  if (summary.startsWith('Expected RPAREN, got EOF')) return "Syntax error: missing ')' at '<EOF>'";
  return `Syntax error: ${summary}`;
}

/** The expression's line, and a mark below the place. */
function located(expression: string, index: number, text: string): string {
  const before = expression.slice(0, index).split('\n');
  const column = before.at(-1)!.length;
  const line = expression.split('\n')[before.length - 1] ?? '';
  return `ERROR: <input>:${before.length}:${column + 1}: ${text}\n | ${line}\n | ${'.'.repeat(column)}^`;
}

function visit(value: unknown, see: (node: ASTNode) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, see);
    return;
  }
  if (typeof value !== 'object' || value === null || !('op' in value)) return;
  see(value as ASTNode);
  visit((value as ASTNode).args, see);
}

/** The library's has() takes any field of a declared type; upstream tells one that is not there. */
function unknownPresence(environment: Environment, ast: ASTNode, expression: string): string | undefined {
  let found: string | undefined;
  visit(ast, (node) => {
    if (found || node.op !== 'call') return;
    const [name, [argument]] = node.args;
    if (name !== 'has' || argument?.op !== '.') return;
    const path = expression.slice(argument.start, argument.end);
    if (!/^(self|oldSelf|object|oldObject|request|params|namespaceObject)\./.test(path)) return;
    const checked = environment.check(path);
    if (checked.valid || (checked.error as unknown as Problem).code !== 'no_such_key') return;
    const problem = checked.error as unknown as Problem;
    const field = problem.summary.replace(/^No such key: /, '');
    found = located(expression, expression.indexOf('(', node.start), `undefined field '${field}'`);
  });
  return found;
}
