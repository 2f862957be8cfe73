import { sleep } from '../../../../base/clock.ts';
import type { ContainerContext, Program } from '../../image.ts';
import { onceAborted } from './aborted.ts';
import { cobraFlags } from './flags.ts';

const retryMs = 1000;

/** A store of keys that a primary keeps and passes on to its replicas, and a front end that asks them. */
export const guestbook: Program = async (io, context) => {
  const flags = cobraFlags(io.argv.slice(1));
  const port = flags.number('http-port', 80);
  const backend = flags.number('backend-port', 6379);
  const store: Record<string, string> = {};
  const replicas: string[] = [];
  const json = (data: object) => ({ status: 200, body: JSON.stringify(data) });
  const bad = (text: string) => ({ status: 400, body: `${text}\n` });
  context.listen(port, {
    serve({ path }) {
      const { pathname, searchParams } = new URL(path, 'http://guestbook');
      const [key = '', value = ''] = ['key', 'value'].map((name) => searchParams.get(name) ?? '');
      if (pathname === '/register') {
        replicas.push(searchParams.get('host') ?? '');
        return json({ data: store });
      }
      if (pathname === '/get') return json({ data: key === '' ? store : (store[key] ?? '') });
      if (pathname === '/set') {
        if (key === '') return bad('cannot set with empty key.');
        store[key] = value;
        for (const replica of replicas) ask(context, replica, backend, `/set?${searchParams}`);
        return json({ message: 'Updated' });
      }
      if (pathname !== '/guestbook') return { status: 404, body: '404 page not found\n' };
      const command = (searchParams.get('cmd') ?? '').toLowerCase();
      if (command !== 'get' && command !== 'set') return bad(`unsupported cmd: '${command}'`);
      const host = command === 'get' ? 'agnhost-replica' : 'agnhost-primary';
      const answer = ask(context, host, backend, `/${command}?${new URLSearchParams({ key, value })}`);
      return answer === undefined ? { status: 417, body: `encountered error: ${host} does not answer\n` } : { status: 200, body: answer };
    },
  });
  const primary = flags.text('replicaof');
  while (primary && !io.signal.aborted) {
    const answer = ask(context, primary, backend, `/register?host=${context.pod().status?.podIP ?? ''}`);
    if (answer !== undefined) {
      Object.assign(store, (JSON.parse(answer) as { data: Record<string, string> }).data);
      break;
    }
    await sleep(context.clock, retryMs, io.signal);
  }
  await onceAborted(io.signal);
  return 2;
};

function ask({ network, pod }: ContainerContext, host: string, port: number, path: string): string | undefined {
  const result = network.connect({ from: { podUid: pod().metadata.uid }, host, port, http: { method: 'GET', path } });
  return result.outcome === 'connected' ? result.response?.body : undefined;
}
