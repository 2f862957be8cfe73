import { createHash } from 'node:crypto';
import type { Slots } from '../machine.ts';
import { defaultImageBytes, type ImageRegistry } from '../images/registry.ts';

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

const slot = 'containerd.images';
/** Images of ours are loaded into every node, as `kind load` does it. */
const loaded = 'docker.io/kindlab/';
/** Bytes a second of a pull, as seen on conference networks that are kind. */
const bandwidth = 40e6;

/** The images that a node's containerd has. */
export class ImageStore {
  readonly #disk: Slots;
  readonly #registry: ImageRegistry;

  constructor(disk: Slots, registry: ImageRegistry) {
    this.#disk = disk;
    this.#registry = registry;
  }

  has(image: string): boolean {
    const normal = normalImage(image) ?? image;
    return normal.startsWith(loaded) || this.#names().includes(normal);
  }

  add(image: string): void {
    if (!this.has(image)) this.#disk.set(slot, [...this.#names(), normalImage(image) ?? image]);
  }

  list(): { names: string[]; sizeBytes: number }[] {
    return this.#names().map((name) => ({ names: [imageId(name), name], sizeBytes: this.sizeOf(name) }));
  }

  sizeOf(image: string): number {
    return this.#registry.find(image).sizeBytes ?? defaultImageBytes;
  }

  pullMs(image: string, random: () => number): number {
    const download = this.has(image) ? 0 : (this.sizeOf(image) / bandwidth) * 1000;
    return Math.round(300 + download + random() * 400);
  }

  #names(): readonly string[] {
    return this.#disk.get<readonly string[]>(slot) ?? [];
  }
}
