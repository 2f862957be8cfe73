import { BlockList, isIP } from 'node:net';
import { EvaluationError, type Environment } from '@marcbachmann/cel-js';
import { registerNamespace } from './namespace.ts';

class Ip {
  readonly text: string;
  readonly family: 4 | 6;
  constructor(text: string) {
    this.text = canonical(text);
    this.family = isIP(text) as 4 | 6;
  }
}

class Cidr {
  readonly ip: Ip;
  readonly bits: number;
  constructor(ip: Ip, bits: number) {
    this.ip = ip;
    this.bits = bits;
  }
  get list(): BlockList {
    const list = new BlockList();
    list.addSubnet(this.ip.text, this.bits, familyName(this.ip));
    return list;
  }
}

const familyName = ({ family }: Ip) => (family === 4 ? 'ipv4' : 'ipv6');
/** The URL parser writes IPv6 addresses as RFC 5952 wants them. */
const canonical = (text: string): string => (isIP(text) === 6 ? new URL(`http://[${text}]/`).hostname.slice(1, -1) : text);

const within = (ip: Ip, cidr: string): boolean => parseCidr(cidr)!.list.check(ip.text, familyName(ip));

const isMappedOrZoned = (text: string): boolean => text.includes('%') || /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(text);

function parseIp(text: string): Ip | undefined {
  return isIP(text) > 0 && !isMappedOrZoned(text) ? new Ip(text) : undefined;
}

function parseCidr(text: string): Cidr | undefined {
  const [address = '', bits = ''] = text.split('/');
  const ip = parseIp(address);
  if (!ip || !/^(0|[1-9]\d{0,2})$/.test(bits) || Number(bits) > (ip.family === 4 ? 32 : 128)) return undefined;
  return new Cidr(ip, Number(bits));
}

function ip(text: string): Ip {
  const found = parseIp(text);
  if (!found) throw new EvaluationError(`IP Address "${text}" parse error during conversion from string: unable to parse IP`);
  return found;
}

function cidr(text: string): Cidr {
  const found = parseCidr(text);
  if (!found)
    throw new EvaluationError(
      `network address parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)}): no '/'`,
    );
  return found;
}

function masked({ ip: address, bits }: Cidr): Cidr {
  const width = address.family === 4 ? 32 : 128;
  const groups = address.family === 4 ? address.text.split('.').map(Number) : expand(address.text);
  const size = address.family === 4 ? 8 : 16;
  const value = groups.reduce((sum, group) => (sum << BigInt(size)) | BigInt(group), 0n);
  const kept = (value >> BigInt(width - bits)) << BigInt(width - bits);
  const parts = groups.map((_, i) => Number((kept >> BigInt(width - size * (i + 1))) & ((1n << BigInt(size)) - 1n)));
  return new Cidr(new Ip(address.family === 4 ? parts.join('.') : parts.map((part) => part.toString(16)).join(':')), bits);
}

function expand(text: string): number[] {
  const [head = '', tail] = text.split('::');
  const read = (part: string | undefined) => (part ? part.split(':').map((group) => Number.parseInt(group, 16)) : []);
  const [first, last] = [read(head), read(tail)];
  return tail === undefined ? first : [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last];
}

const loopback = (a: Ip) => (a.family === 4 ? within(a, '127.0.0.0/8') : a.text === '::1');
const unspecified = (a: Ip) => a.text === '0.0.0.0' || a.text === '::';
const linkLocal = (a: Ip) => within(a, a.family === 4 ? '169.254.0.0/16' : 'fe80::/10');
const multicast = (a: Ip) => within(a, a.family === 4 ? '224.0.0.0/4' : 'ff00::/8');
const linkLocalMulticast = (a: Ip) => (a.family === 4 ? within(a, '224.0.0.0/24') : /^ff.2:/.test(a.text));

/** Kubernetes' ip and cidr functions (apiserver pkg/cel/library/ip.go and cidr.go). */
export function registerNetwork(environment: Environment): void {
  environment.registerType('net.IP', Ip).registerType('net.CIDR', Cidr);
  registerNamespace(environment, 'ip');
  environment
    .registerFunction('ip.library.isCanonical(string): bool', (_library: unknown, text: string) => ip(text).text === text)
    .registerFunction('ip(string): net.IP', ip)
    .registerFunction('isIP(string): bool', (text: string) => parseIp(text) !== undefined)
    .registerFunction('string(net.IP): string', ({ text }: Ip) => text)
    .registerOperator('net.IP == net.IP', (a: Ip, b: Ip) => a.text === b.text)
    .registerFunction('net.IP.family(): int', ({ family }: Ip) => BigInt(family))
    .registerFunction('net.IP.isUnspecified(): bool', unspecified)
    .registerFunction('net.IP.isLoopback(): bool', loopback)
    .registerFunction('net.IP.isLinkLocalMulticast(): bool', linkLocalMulticast)
    .registerFunction('net.IP.isLinkLocalUnicast(): bool', linkLocal)
    .registerFunction(
      'net.IP.isGlobalUnicast(): bool',
      (a: Ip) => !unspecified(a) && !loopback(a) && !linkLocal(a) && !multicast(a) && a.text !== '255.255.255.255',
    )
    .registerFunction('cidr(string): net.CIDR', cidr)
    .registerFunction('isCIDR(string): bool', (text: string) => parseCidr(text) !== undefined)
    .registerFunction('string(net.CIDR): string', ({ ip: address, bits }: Cidr) => `${address.text}/${bits}`)
    .registerOperator('net.CIDR == net.CIDR', (a: Cidr, b: Cidr) => a.ip.text === b.ip.text && a.bits === b.bits)
    .registerFunction('net.CIDR.ip(): net.IP', ({ ip: address }: Cidr) => address)
    .registerFunction('net.CIDR.prefixLength(): int', ({ bits }: Cidr) => BigInt(bits))
    .registerFunction('net.CIDR.masked(): net.CIDR', masked);
  const containsIp = (block: Cidr, address: Ip) =>
    block.ip.family === address.family && block.list.check(address.text, familyName(address));
  const containsCidr = (block: Cidr, other: Cidr) => other.bits >= block.bits && containsIp(block, other.ip);
  environment
    .registerFunction('net.CIDR.containsIP(net.IP): bool', containsIp)
    .registerFunction('net.CIDR.containsIP(string): bool', (block: Cidr, text: string) => containsIp(block, ip(text)))
    .registerFunction('net.CIDR.containsCIDR(net.CIDR): bool', containsCidr)
    .registerFunction('net.CIDR.containsCIDR(string): bool', (block: Cidr, text: string) => containsCidr(block, cidr(text)));
  registerUrl(environment);
}

class CelUrl {
  readonly url: URL;
  constructor(text: string) {
    this.url = new URL(text, 'relative:/');
  }
  get scheme(): string {
    return this.url.protocol === 'relative:' ? '' : this.url.protocol.slice(0, -1);
  }
}

const isUrl = (text: string): boolean => URL.canParse(text) || text.startsWith('/');

function registerUrl(environment: Environment): void {
  environment.registerType('kubernetes.URL', CelUrl);
  environment
    .registerFunction('url(string): kubernetes.URL', (text: string) => {
      if (isUrl(text)) return new CelUrl(text);
      throw new EvaluationError(`URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`);
    })
    .registerFunction('isURL(string): bool', isUrl)
    .registerFunction('kubernetes.URL.getScheme(): string', (one: CelUrl) => one.scheme)
    .registerFunction('kubernetes.URL.getHost(): string', ({ url }: CelUrl) => url.host)
    .registerFunction('kubernetes.URL.getHostname(): string', ({ url }: CelUrl) => url.hostname.replace(/^\[|\]$/g, ''))
    .registerFunction('kubernetes.URL.getPort(): string', ({ url }: CelUrl) => url.port)
    .registerFunction('kubernetes.URL.getEscapedPath(): string', ({ url }: CelUrl) => url.pathname)
    .registerFunction('kubernetes.URL.getQuery(): map<string, list<string>>', ({ url }: CelUrl) => {
      const keys = [...new Set(url.searchParams.keys())];
      return new Map(keys.map((key) => [key, url.searchParams.getAll(key)]));
    });
}
