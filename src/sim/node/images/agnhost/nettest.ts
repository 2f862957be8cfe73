import type { Program } from '../../image.ts';
import { onceAborted } from './aborted.ts';
import { cobraFlags } from './flags.ts';
import { hostnameOf } from './netexec.ts';

/** Counts who wrote to it: POST /write, GET /read. It looks for no peers of its own. */
export const nettest: Program = async (io, context) => {
  const flags = cobraFlags(io.argv.slice(1));
  const received: Record<string, number> = {};
  const log: string[] = [];
  context.listen(flags.number('port', 8080), {
    serve({ path, body = '' }) {
      if (path === '/read')
        return {
          status: 200,
          body: JSON.stringify({
            Hostname: hostnameOf(context),
            Sent: null,
            Received: received,
            Errors: null,
            Log: log,
            StillContactingPeers: true,
          }),
        };
      if (path !== '/write') return { status: 200, body: 'running' };
      const { Source: source = '' } = JSON.parse(body || '{}') as { Source?: string };
      received[source] = (received[source] ?? 0) + 1;
      log.push(`Received from ${source}`);
      return { status: 200, body: JSON.stringify({ Hostname: hostnameOf(context) }) };
    },
  });
  await onceAborted(io.signal);
  return 2;
};
