import { evaluateCel } from './cel.ts';
import { showText } from './evidence.ts';
import type { TextCondition } from './schema.ts';

/** What is wrong with a text; undefined when it satisfies. */
export function judgeText(
  condition: TextCondition,
  text: string,
  variables: Record<string, unknown>,
): { expected: string; observed: string } | undefined {
  const observed = showText(text);
  const { equals, contains, lacks, matches, cel } = condition;
  if (equals !== undefined && text.trim() !== equals.trim()) return { expected: showText(equals), observed };
  if (contains !== undefined && !text.includes(contains)) return { expected: `contains ${JSON.stringify(contains)}`, observed };
  if (lacks !== undefined && text.includes(lacks))
    return { expected: `does not contain ${JSON.stringify(lacks)}`, observed: lineWith(lacks, text) };
  if (matches !== undefined && !new RegExp(matches, 'm').test(text)) return { expected: `matches /${matches}/`, observed };
  if (cel !== undefined) {
    const result = evaluateCel(cel, { ...variables, text, lines: linesOf(text), json: parseJson(text) });
    if (!('value' in result) || result.value !== true) {
      return { expected: cel, observed: 'error' in result ? `${observed} (${result.error})` : observed };
    }
  }
  return undefined;
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');
const lineWith = (part: string, text: string): string => showText(text.split('\n').find((line) => line.includes(part)) ?? text);

/** Null where the text is no JSON. */
export function parseJson(text: string): unknown {
  const start = text.trimStart()[0];
  if (start !== '{' && start !== '[') return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
