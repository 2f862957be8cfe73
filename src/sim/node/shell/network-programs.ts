import { curl } from './curl.ts';
import { dig, getent, nslookup } from './lookup.ts';
import { nc } from './nc.ts';
import { ping } from './ping.ts';
import type { NetworkProgram } from './seat.ts';
import { wget } from './wget.ts';

/** What pods with a shell and nodes can call to try the network. */
export const networkPrograms: Readonly<Record<string, NetworkProgram>> = { curl, wget, ping, nslookup, dig, getent, nc };
