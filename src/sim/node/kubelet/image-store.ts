import { defaultImageBytes, type ImageRegistry } from '../images/registry.ts';
import { pullFailure } from '../images/pull-failure.ts';
import { imageId, normalImage } from '../images/reference.ts';
import type { Slots } from '../machine.ts';

const slot = 'containerd.images';
/** Images of ours are loaded into every node, as `kind load` does it. */
const loaded = 'docker.io/kindlab/';
/** Bytes a second of a pull, as seen on conference networks that are kind. */
const bandwidth = 40e6;

/** The images that a node's containerd has. */
export class ImageStore {
  readonly #disk: Slots;
  readonly #registry: ImageRegistry;
  readonly #nameServer: () => string;

  /** `nameServer` tells the node's own, for complaints. */
  constructor(disk: Slots, registry: ImageRegistry, nameServer: () => string) {
    this.#disk = disk;
    this.#nameServer = nameServer;
    this.#registry = registry;
  }

  has(image: string): boolean {
    const normal = normalImage(image) ?? image;
    return (normal.startsWith(loaded) && this.pullFailure(image) === undefined) || this.#names().includes(normal);
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

  /** What containerd says where it cannot pull the image. */
  pullFailure(image: string): string | undefined {
    return pullFailure(image, this.#nameServer());
  }

  #names(): readonly string[] {
    return this.#disk.get<readonly string[]>(slot) ?? [];
  }
}
