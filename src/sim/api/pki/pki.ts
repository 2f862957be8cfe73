import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../../base/clock.ts';
import { adminGroup } from '../auth/user.ts';
import { Tokens } from '../auth/tokens.ts';
import { keyPem, makeCertificate, newKeyPair, type Issuer } from './certificate.ts';

export interface Pki {
  /** Certificates and keys, PEM. */
  ca: string;
  serverCertificate: string;
  serverKey: string;
  adminCertificate: string;
  adminKey: string;
  /** Signs the tokens of service accounts. */
  accountKey: string;
}

const dayMs = 86_400_000;
const files: Readonly<Record<keyof Pki, string>> = {
  ca: 'ca.crt',
  serverCertificate: 'apiserver.crt',
  serverKey: 'apiserver.key',
  adminCertificate: 'admin.crt',
  adminKey: 'admin.key',
  accountKey: 'sa.key',
};

/**
 * The certificates of a cluster, kept under `folder` (0700, files 0600) so that a resumed cluster has the same.
 * Validity is by the machine's own time, which is what clients compare it with. Without a folder nothing is kept.
 */
export function openPki(folder: string | undefined, wallClock: Clock): Pki {
  if (folder && Object.values(files).every((file) => existsSync(join(folder, file)))) {
    const read = (file: string) => readFileSync(join(folder, file), 'utf8');
    return Object.fromEntries(Object.entries(files).map(([name, file]) => [name, read(file)])) as unknown as Pki;
  }
  const pki = makePki(wallClock.now());
  if (folder) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    for (const [name, file] of Object.entries(files)) writeFileSync(join(folder, file), pki[name as keyof Pki], { mode: 0o600 });
  }
  return pki;
}

function makePki(now: number): Pki {
  const validity = { notBefore: now - dayMs, notAfter: now + 3650 * dayMs };
  const authority = newKeyPair();
  const issuer: Issuer = { subject: { commonName: 'kubernetes' }, key: authority.privateKey };
  const server = newKeyPair();
  const admin = newKeyPair();
  return {
    ca: makeCertificate({
      ...validity,
      subject: issuer.subject,
      publicKey: authority.publicKey,
      selfKey: authority.privateKey,
      usage: 'authority',
    }),
    serverCertificate: makeCertificate({
      ...validity,
      subject: { commonName: 'kube-apiserver' },
      publicKey: server.publicKey,
      issuer,
      usage: 'server',
      dnsNames: ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'],
      addresses: ['127.0.0.1', '10.96.0.1', '::1'],
    }),
    serverKey: keyPem(server.privateKey),
    adminCertificate: makeCertificate({
      ...validity,
      subject: { commonName: 'kubernetes-admin', organization: adminGroup },
      publicKey: admin.publicKey,
      issuer,
      usage: 'client',
    }),
    adminKey: keyPem(admin.privateKey),
    accountKey: Tokens.newKey(),
  };
}
