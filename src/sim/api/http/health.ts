import type { ServerContext } from './context.ts';
import type { ApiRequest, ApiResponse } from './message.ts';

type Kind = 'healthz' | 'livez' | 'readyz';

interface Check {
  name: string;
  /** Where it is asked for; everywhere where nothing is said. */
  of?: Kind;
  passes(context: ServerContext): boolean;
}

const always = () => true;
/** SQLite stands for etcd: it answers as long as it is open. */
const storeAnswers = ({ core }: ServerContext) => core.store.revision >= 0;

/** Those of the real server's checks that are about something that there is here. */
const checks: readonly Check[] = [
  { name: 'ping', passes: always },
  { name: 'log', passes: always },
  { name: 'etcd', passes: storeAnswers },
  { name: 'etcd-readiness', of: 'readyz', passes: storeAnswers },
  { name: 'informer-sync', of: 'readyz', passes: always },
  { name: 'poststarthook/start-apiextensions-controllers', passes: always },
  { name: 'poststarthook/crd-informer-synced', passes: always },
  { name: 'poststarthook/rbac/bootstrap-roles', passes: ({ rolesUnread }) => !rolesUnread },
  { name: 'poststarthook/scheduling/bootstrap-system-priority-classes', passes: always },
  { name: 'shutdown', of: 'readyz', passes: always },
];

export const healthPaths = (): string[] =>
  (['healthz', 'livez', 'readyz'] as const).flatMap((kind) => [`/${kind}`, ...ofKind(kind).map(({ name }) => `/${kind}/${name}`)]);

const ofKind = (kind: Kind): readonly Check[] => checks.filter(({ of }) => of === undefined || of === kind);

const text = (status: number, body: string): ApiResponse => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
  body,
});

/** /healthz, /livez and /readyz, whole or one check of it, as apiserver/pkg/server/healthz writes them. */
export function health(context: ServerContext, { path, query }: ApiRequest): ApiResponse | undefined {
  const [, kind = '', ...parts] = path.split('/');
  const known = ofKind(kind as Kind);
  if (parts.length > 0) {
    const one = known.find(({ name }) => name === parts.join('/'));
    if (!one) return undefined;
    return one.passes(context) ? text(200, 'ok') : text(500, 'internal server error: not finished\n');
  }
  const excluded = new Set(query.getAll('exclude'));
  const results = known.map((check) => ({ ...check, left: excluded.delete(check.name), ok: check.passes(context) }));
  const lines = results.map(({ name, left, ok }) =>
    left ? `[+]${name} excluded: ok` : ok ? `[+]${name} ok` : `[-]${name} failed: reason withheld`,
  );
  if (excluded.size > 0) {
    const names = [...excluded].map((name) => JSON.stringify(name)).join(', ');
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names}`);
  }
  const report = (outcome: string) => `${lines.join('\n')}\n${kind} check ${outcome}\n`;
  if (results.some(({ left, ok }) => !left && !ok)) return text(500, report('failed'));
  return text(200, query.has('verbose') ? report('passed') : 'ok');
}
