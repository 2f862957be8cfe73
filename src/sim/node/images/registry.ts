import { normalImage } from './reference.ts';
import type { ImageBehaviour } from '../image.ts';
import { plain } from './plain.ts';

export const defaultImageBytes = 30_000_000;

/** Finds the behaviour of an image by its repository name. */
export class ImageRegistry {
  readonly #exact = new Map<string, ImageBehaviour>();
  readonly #prefixes: [string, ImageBehaviour][] = [];

  constructor(behaviours: Iterable<ImageBehaviour> = []) {
    this.add(behaviours);
  }

  /** A later behaviour of the same name takes the place of an earlier one. */
  add(behaviours: Iterable<ImageBehaviour>): void {
    for (const behaviour of behaviours) {
      for (const image of behaviour.images) {
        if (image.endsWith('*')) this.#prefixes.unshift([repository(image.slice(0, -1)), behaviour]);
        else this.#exact.set(repository(image), behaviour);
      }
    }
  }

  find(image: string): ImageBehaviour {
    const name = repository(image);
    return this.#exact.get(name) ?? this.#prefixes.find(([prefix]) => name.startsWith(prefix))?.[1] ?? plain;
  }
}

/** Without tag and digest: `docker.io/library/nginx`. */
function repository(image: string): string {
  const normal = normalImage(image) ?? image;
  return normal.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
}
