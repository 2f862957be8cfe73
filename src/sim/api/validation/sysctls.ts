import type { JsonObject } from '../../../kube/json.ts';
import type { StatusCause } from '../../../kube/status.ts';
import { duplicate, invalid, required } from './field.ts';
import { each, text } from './read.ts';

const segment = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const format = `^(${segment}[\\./])*${segment}$`;
const longest = 253;

/** securityContext.sysctls of a pod. */
export function sysctls(securityContext: JsonObject | undefined, path: string): StatusCause[] {
  const seen = new Set<string>();
  return each(securityContext ?? {}, 'sysctls', path).flatMap(({ value, path: at }) => {
    const name = text(value, 'name');
    if (name === '') return [required(`${at}.name`)];
    if (name.length > longest || !new RegExp(format).test(name))
      return [invalid(`${at}.name`, name, `must have at most ${longest} characters and match regex ${format}`)];
    if (seen.has(name)) return [duplicate(`${at}.name`, name)];
    seen.add(name);
    return [];
  });
}
