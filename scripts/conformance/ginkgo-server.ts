import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Not yet; the client asks again. */
const tooEarly = 425;
const gone = 410;

export interface GinkgoServer extends AsyncDisposable {
  address: string;
  /** A process of the suite has ended. */
  ended(process: number): void;
}

/**
 * What `ginkgo -p` runs beside the processes of a suite: it deals the tests out one by one, and takes their reports
 * (github.com/onsi/ginkgo/v2/internal/parallel_support).
 */
export async function startGinkgoServer(processes: number, onReport: (report: unknown) => void): Promise<GinkgoServer> {
  const alive = new Set(Array.from({ length: processes }, (_, i) => i + 1));
  const stored = new Map<string, string>();
  let counter = 0;
  let aborted = false;
  let suites = 0;
  let sum: { SpecReports?: unknown[]; SuiteSucceeded?: boolean } | undefined;
  const onlyFirst = () => alive.size === 0 || (alive.size === 1 && alive.has(1));
  const known = (name: string): [number, string] =>
    stored.has(name) ? [200, stored.get(name)!] : alive.has(1) ? [tooEarly, ''] : [gone, ''];

  const answer = (method: string, path: string, body: string): [number, string] => {
    switch (path) {
      case '/counter':
        return [200, JSON.stringify({ Index: counter++ })];
      case '/did-run':
        onReport(JSON.parse(body));
        return [200, ''];
      case '/report-before-suite-completed':
      case '/before-suite-completed':
        stored.set(path.replace('completed', 'state'), body);
        return [200, ''];
      case '/report-before-suite-state':
      case '/before-suite-state':
        return known(path);
      case '/have-nonprimary-procs-finished':
        return [onlyFirst() ? 200 : tooEarly, ''];
      case '/suite-did-end': {
        const report = JSON.parse(body) as NonNullable<typeof sum>;
        suites++;
        sum = sum ? { ...sum, SpecReports: [...(sum.SpecReports ?? []), ...(report.SpecReports ?? [])] } : report;
        return [200, ''];
      }
      case '/aggregated-nonprimary-procs-report':
        if (!onlyFirst()) return [tooEarly, ''];
        return suites === processes - 1 && sum ? [200, JSON.stringify(sum)] : [gone, ''];
      case '/abort':
        if (method === 'GET') return [aborted ? gone : 200, ''];
        aborted = true;
        return [200, ''];
      default:
        return [200, ''];
    }
  };

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const [status, body] = answer(request.method ?? 'GET', request.url ?? '/', Buffer.concat(chunks).toString());
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ended: (process) => void alive.delete(process),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
