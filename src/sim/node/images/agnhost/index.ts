import type { ImageBehaviour, Program } from '../../image.ts';
import { mounttest } from './mounttest.ts';
import { netexec } from './netexec.ts';
import { nettest } from './nettest.ts';
import { grpcHealth, liveness, pause, porter, portForwardTester, serveHostname, testWebserver } from './servers.ts';
import { connect, dnsServerList, dnsSuffix, entrypointTester, etcHosts, logsGenerator, nonewprivs } from './small.ts';

const subcommands: Readonly<Record<string, Program>> = {
  connect,
  'dns-server-list': dnsServerList,
  'dns-suffix': dnsSuffix,
  'entrypoint-tester': entrypointTester,
  'etc-hosts': etcHosts,
  'grpc-health-checking': grpcHealth,
  liveness,
  'logs-generator': logsGenerator,
  mounttest,
  netexec,
  nettest,
  nonewprivs,
  pause,
  'port-forward-tester': portForwardTester,
  porter,
  'serve-hostname': serveHostname,
  'test-webserver': testWebserver,
};

/** Kubernetes' own test image: one program of many; the sub-command says which. */
const agnhostProgram: Program = (io, context) => {
  const [name = 'agnhost', command = '', ...args] = io.argv;
  const run = subcommands[command];
  if (run) return run({ ...io, argv: [name, ...args] }, context);
  io.stderr(`Error: unknown command ${JSON.stringify(command)} for "app"\nRun 'app --help' for usage.\n`);
  return 1;
};

const starter = (name: string): string => `#!/bin/sh\n${name} "$@"\n`;

export const agnhost: ImageBehaviour = {
  images: ['registry.k8s.io/e2e-test-images/agnhost'],
  sizeBytes: 53_000_000,
  entrypoint: ['/agnhost'],
  args: ['pause'],
  runsCommands: true,
  startupMs: 0,
  programs: { agnhost: agnhostProgram, 'agnhost-2': agnhostProgram },
  files: { '/agnhost': starter('agnhost'), '/agnhost-2': starter('agnhost-2') },
};
