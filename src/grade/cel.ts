import { Environment } from '@marcbachmann/cel-js';
import { messageOf } from '../base/errors.ts';

/**
 * CEL over plain JSON. Numbers of JSON are doubles, literals of CEL are ints: comparing them is the library's,
 * arithmetic between them is added here, so that an author need not write `2.0`.
 */
const environment = new Environment({ unlistedVariablesAreDyn: true, enableOptionalTypes: true, homogeneousAggregateLiterals: false });
const arithmetic: Record<string, (a: number, b: number) => number> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
};
for (const [sign, apply] of Object.entries(arithmetic)) {
  environment.registerOperator(`double ${sign} int: double`, (a: number, b: bigint) => apply(a, Number(b)));
  environment.registerOperator(`int ${sign} double: double`, (a: bigint, b: number) => apply(Number(a), b));
}

type Program = (context: Record<string, unknown>) => unknown;
const parsed = new Map<string, Program>();

function program(expression: string): Program {
  const found = parsed.get(expression) ?? environment.parse(expression);
  parsed.set(expression, found);
  return found;
}

const firstLine = (error: unknown): string => messageOf(error).split('\n')[0]!;

/** What is wrong with the expression's syntax; undefined when it parses. */
export function celProblem(expression: string): string | undefined {
  try {
    program(expression);
    return undefined;
  } catch (error) {
    return firstLine(error);
  }
}

/** Either a value or why there is none (`No such key: replicas`). */
export type CelResult = { value: unknown } | { error: string };

export function evaluateCel(expression: string, context: Record<string, unknown>): CelResult {
  try {
    return { value: program(expression)(context) };
  } catch (error) {
    return { error: firstLine(error) };
  }
}
