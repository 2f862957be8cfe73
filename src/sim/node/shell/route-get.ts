import type { Link, Route } from '../../net/devices.ts';
import type { CommandIo } from './command.ts';

const number = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

function matches({ destination }: Route, address: string): number {
  if (destination === 'default') return 0;
  const [network = '', length = '32'] = destination.split('/');
  const size = 2 ** (32 - Number(length));
  return Math.floor(number(network) / size) === Math.floor(number(address) / size) ? Number(length) : -1;
}

/** `ip route get ADDRESS`: the longest prefix that holds it. */
export function routeTo(address: string, own: { links: readonly Link[]; routes: readonly Route[] }, io: CommandIo): number {
  const best = own.routes
    .map((route) => ({ route, length: matches(route, address) }))
    .filter(({ length }) => length >= 0)
    .sort((a, b) => b.length - a.length)[0]?.route;
  if (!best || best.type === 'blackhole') {
    io.err(`RTNETLINK answers: ${best ? 'Invalid argument' : 'Network is unreachable'}\n`);
    return 2;
  }
  const src = best.src ?? own.links.find(({ name }) => name === best.dev)?.addresses[0]?.split('/')[0];
  io.out(
    `${address} ${best.via ? `via ${best.via} ` : ''}dev ${best.dev} ${src ? `src ${src} ` : ''}uid 0 \n    cache ${best.mtu ? `mtu ${best.mtu} ` : ''}\n`,
  );
  return 0;
}
