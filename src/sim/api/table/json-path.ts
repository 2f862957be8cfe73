/** A compiled path of a printer column: the dialect of Kubernetes' JSONPath that column definitions use. */
export type Path = (object: unknown) => unknown[];

type Step = (values: unknown[]) => unknown[];

const token =
  /\.?\*|\.?\[\*\]|\[\?\(@([^=!<>]*?)\s*(==|!=)\s*(?:"([^"]*)"|'([^']*)'|([^)]*))\)\]|\[(-?\d+)\]|\['([^']*)'\]|\["([^"]*)"\]|\.?((?:\\.|[^.[\]\\])+)/gy;

/** `.status.conditions[?(@.type=="Ready")].status`, `.spec.ports[*].port`, `.metadata.labels.app\.kubernetes\.io/name`. */
export function compilePath(text: string): Path {
  const steps: Step[] = [];
  for (const match of text.replace(/^\{|\}$/g, '').matchAll(token)) {
    const [whole, filter, operator, double, single, bare, index, quoted1, quoted2, name] = match;
    if (filter !== undefined) {
      const inner = compilePath(filter);
      const wanted = double ?? single ?? bare ?? '';
      steps.push((values) => values.flatMap(elements).filter((v) => (String(inner(v)[0] ?? '') === wanted) === (operator === '==')));
    } else if (index !== undefined) {
      steps.push((values) => values.flatMap((v) => (Array.isArray(v) ? present(v.at(Number(index))) : [])));
    } else if (whole.includes('*')) {
      steps.push((values) => values.flatMap(elements));
    } else {
      const key = quoted1 ?? quoted2 ?? name!.replace(/\\(.)/g, '$1');
      steps.push((values) => values.flatMap((v) => (isObject(v) && Object.hasOwn(v, key) ? present(v[key]) : [])));
    }
  }
  return (object) => steps.reduce<unknown[]>((values, step) => step(values), [object]);
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const present = (value: unknown): unknown[] => (value === undefined || value === null ? [] : [value]);
const elements = (value: unknown): unknown[] => (Array.isArray(value) ? value : isObject(value) ? Object.values(value) : []);
