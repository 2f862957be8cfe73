import type { Cancel } from '../base/clock.ts';
import type { ApiServer } from './api/server.ts';
import type { Assembly } from './assembly.ts';

/** From the node's boot to the API server's first answer (recorded: 30 s with the restart itself). */
const apiBootMs = 27_000;
/** From its first answer until it has read its roles (recorded: a Forbidden to kubernetes-admin). */
const rolesMs = 1_500;

/**
 * Takes the API server's port away while the control plane's machine is down, and until its static pods are back.
 * What runs inside of the simulator goes on: a person and a program outside see what they would see of a real one.
 */
export function followControlPlane({ nodes, clock }: Assembly, server: ApiServer): Cancel {
  const machine = nodes.machines.find(({ role }) => role === 'control-plane')!;
  let pending: Cancel | undefined;
  const set = (state: 'down' | 'up') => {
    pending?.();
    server.power(state);
  };
  const boot = () => {
    pending = clock.after(apiBootMs, () => {
      server.power('starting');
      pending = clock.after(rolesMs, () => server.power('up'));
    });
  };
  const forget = machine.on((event) => {
    set('down');
    if (event === 'started') boot();
  });
  set(machine.running ? 'up' : 'down');
  return () => {
    forget();
    pending?.();
  };
}
