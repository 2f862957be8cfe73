import type { PortMatch } from '../model/policies.ts';
import type { Field } from './field.ts';

/** Calico's port: a number, `8000:8100`, or the name of a container port. */
export function calicoPort(field: Field): PortMatch {
  const { value } = field;
  if (typeof value === 'number') {
    const port = field.integer(0, 65_535);
    return { from: port, to: port };
  }
  const text = field.string();
  const range = /^(\d+)(?::(\d+))?$/.exec(text);
  if (!range) return { name: text };
  const [from, to] = [Number(range[1]), Number(range[2] ?? range[1])];
  return from <= to && to <= 65_535 ? { from, to } : field.fail('a range of ports such as 8000:8100');
}

/** A port by number or name with an optional last port, as Kubernetes and Cilium write it. */
export function portOf(port: Field, endPort: Field): PortMatch {
  const { value } = port;
  const number = typeof value === 'number' ? port.integer(0, 65_535) : /^\d+$/.test(port.string()) ? Number(value) : undefined;
  if (number === undefined) return { name: port.string() };
  if (number > 65_535) return port.fail('a port up to 65535');
  const to = endPort.present ? endPort.integer(0, 65_535) : number;
  return { from: number, to: Math.max(to, number) };
}
