import { createHash } from 'node:crypto';

/** `nginx` is `docker.io/library/nginx:latest`, as containerd calls it. Undefined for a name that is none. */
export function normalImage(image: string): string | undefined {
  const match = /^([a-z0-9][a-z0-9._/:-]*?)(?::([\w][\w.-]{0,127}))?(@sha256:[0-9a-f]{64})?$/.exec(image);
  if (!match) return undefined;
  const [, path = '', tag, digest = ''] = match;
  const first = path.split('/')[0]!;
  const hasRegistry = path.includes('/') && (first.includes('.') || first.includes(':') || first === 'localhost');
  const qualified = hasRegistry ? path : `docker.io/${path.includes('/') ? path : `library/${path}`}`;
  return `${qualified}${tag ? `:${tag}` : digest ? '' : ':latest'}${digest}`;
}

/** `docker.io/library/nginx@sha256:…`: made from the name, so that all nodes agree. */
export function imageId(image: string): string {
  const normal = normalImage(image) ?? image;
  const digest = /@(sha256:.*)$/.exec(normal)?.[1] ?? `sha256:${createHash('sha256').update(normal).digest('hex')}`;
  return `${normal.replace(/@.*$/, '').replace(/:[^/:]*$/, '')}@${digest}`;
}
