import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { bits, explicit, implicit, integer, objectId, octets, sequence, set, time, utf8, yes } from './der.ts';

export interface Subject {
  commonName: string;
  organization?: string;
}

export interface Issuer {
  subject: Subject;
  key: KeyObject;
}

export interface CertificateRequest {
  subject: Subject;
  publicKey: KeyObject;
  /** Absent: signed by itself, as a certificate authority. */
  issuer?: Issuer;
  selfKey?: KeyObject;
  usage: 'authority' | 'server' | 'client';
  dnsNames?: readonly string[];
  addresses?: readonly string[];
  /** Milliseconds of real time. */
  notBefore: number;
  notAfter: number;
}

const ecdsaWithSha256 = sequence(objectId('1.2.840.10045.4.3.2'));
const usageOids = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' };

export const newKeyPair = (): { publicKey: KeyObject; privateKey: KeyObject } => generateKeyPairSync('ec', { namedCurve: 'P-256' });

export const keyPem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }) as string;

/** An X.509 v3 certificate, PEM. Made by hand of DER: a certificate library costs more to load than all of this. */
export function makeCertificate(request: CertificateRequest): string {
  const signer = request.issuer?.key ?? request.selfKey;
  if (!signer) throw new TypeError('a certificate needs an issuer, or its own key');
  const publicKey = request.publicKey.export({ type: 'spki', format: 'der' });
  const serial = randomBytes(16);
  serial[0]! &= 0x7f;
  serial[0]! |= 0x40;
  const body = sequence(
    explicit(0, integer(2)),
    integer(serial),
    ecdsaWithSha256,
    name((request.issuer ?? request).subject),
    sequence(time(request.notBefore), time(request.notAfter)),
    name(request.subject),
    publicKey,
    explicit(3, sequence(...extensions(request, publicKey))),
  );
  const text = sequence(body, ecdsaWithSha256, bits(sign('sha256', body, signer))).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${text.match(/.{1,64}/g)!.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function name({ commonName, organization }: Subject): Buffer {
  const attribute = (oid: string, value: string) => set(sequence(objectId(oid), utf8(value)));
  return sequence(...(organization ? [attribute('2.5.4.10', organization)] : []), attribute('2.5.4.3', commonName));
}

function extensions({ usage, dnsNames = [], addresses = [] }: CertificateRequest, publicKey: Buffer): Buffer[] {
  const extension = (oid: string, value: Buffer, critical = false) => sequence(objectId(oid), ...(critical ? [yes()] : []), octets(value));
  const keyId = extension('2.5.29.14', octets(createHash('sha1').update(publicKey).digest()));
  // keyCertSign and digitalSignature, or digitalSignature and keyEncipherment.
  const keyUsage = extension('2.5.29.15', usage === 'authority' ? bits(Buffer.from([0x84]), 2) : bits(Buffer.from([0xa0]), 5), true);
  if (usage === 'authority') return [keyUsage, extension('2.5.29.19', sequence(yes()), true), keyId];
  const names = [
    ...dnsNames.map((dns) => implicit(2, Buffer.from(dns))),
    ...addresses.map((address) => implicit(7, addressBytes(address))),
  ];
  return [
    keyUsage,
    extension('2.5.29.37', sequence(objectId(usageOids[usage]))),
    keyId,
    ...(names.length > 0 ? [extension('2.5.29.17', sequence(...names))] : []),
  ];
}

const addressBytes = (address: string): Buffer =>
  address.includes(':') ? Buffer.from([...Array.from({ length: 15 }, () => 0), 1]) : Buffer.from(address.split('.').map(Number));
