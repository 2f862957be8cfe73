import { isNotFound } from '../../../kube/status.ts';
import type { ApiClient } from '../../api/client.ts';
import { formatAddress, formatCidr, overlaps, parseCidr, sizeOf } from '../ipv4.ts';
import {
  apiVersion,
  blockAffinities,
  ipamBlocks,
  ipamHandles,
  ipPools,
  type AllocationAttribute,
  type IPAMBlock,
  type IPPool,
} from './resources.ts';

/** Who an address is for; the handle is what releases it. */
export type Claim = AllocationAttribute;

/** `192.168.213.192/26` as an object's name. */
const nameOf = (cidr: string): string => cidr.replace(/[./]/g, '-');

const blockSize = (pool: IPPool): number => pool.spec.blockSize ?? 26;

const usablePools = (api: ApiClient): IPPool[] => api.list(ipPools).filter((pool) => !pool.spec.disabled);

/** Calico's IPAM: blocks of a pool have an affinity to a node; addresses come from the node's blocks in order. */
export class Ipam {
  readonly #api: ApiClient;
  readonly #random: () => number;

  constructor(api: ApiClient, random: () => number) {
    this.#api = api;
    this.#random = random;
  }

  /** Takes the next free address of the node's blocks, and a new block where they are full; undefined where the pools are used up. */
  assign(node: string, claim: Claim): string | undefined {
    const block = this.blocksOf(node).find((candidate) => candidate.spec.unallocated.length > 0) ?? this.#claimBlock(node);
    if (!block) return undefined;
    const ordinal = block.spec.unallocated[0]!;
    this.#api.modify(ipamBlocks, undefined, block.metadata.name, ({ spec }) => {
      spec.unallocated.shift();
      let index = spec.attributes.findIndex((attribute) => attribute.handle_id === claim.handle_id);
      if (index === -1) index = spec.attributes.push(claim) - 1;
      spec.allocations[ordinal] = index;
    });
    this.#addToHandle(claim.handle_id, block.spec.cidr);
    return formatAddress(parseCidr(block.spec.cidr).base + ordinal);
  }

  /** Gives back every address of a handle; none is no error. */
  release(handle: string): void {
    for (const block of this.#api.list(ipamBlocks)) {
      const index = block.spec.attributes.findIndex((attribute) => attribute.handle_id === handle);
      if (index === -1) continue;
      this.#api.modify(ipamBlocks, undefined, block.metadata.name, ({ spec }) => {
        const freed = spec.allocations.flatMap((allocation, ordinal) => (allocation === index ? [ordinal] : []));
        spec.allocations = spec.allocations.map((allocation) =>
          allocation === null || allocation === index ? null : allocation - (allocation > index ? 1 : 0),
        );
        spec.attributes.splice(index, 1);
        spec.unallocated.push(...freed);
      });
    }
    try {
      this.#api.delete(ipamHandles, undefined, handle.toLowerCase());
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** The address that a handle holds. */
  addressOf(handle: string): string | undefined {
    for (const { spec } of this.#api.list(ipamBlocks)) {
      const index = spec.attributes.findIndex((attribute) => attribute.handle_id === handle);
      const ordinal = index === -1 ? -1 : spec.allocations.indexOf(index);
      if (ordinal !== -1) return formatAddress(parseCidr(spec.cidr).base + ordinal);
    }
    return undefined;
  }

  blocksOf(node: string): readonly IPAMBlock[] {
    return this.#api.list(ipamBlocks).filter((block) => block.spec.affinity === `host:${node}`);
  }

  #claimBlock(node: string): IPAMBlock | undefined {
    const taken = this.#api.list(ipamBlocks).map((block) => parseCidr(block.spec.cidr));
    for (const pool of usablePools(this.#api)) {
      const { base, bits } = parseCidr(pool.spec.cidr);
      const count = 2 ** (blockSize(pool) - bits);
      const start = Math.floor(this.#random() * count);
      for (let i = 0; i < count; i++) {
        const block = parseCidr(`${formatAddress(base + ((start + i) % count) * 2 ** (32 - blockSize(pool)))}/${blockSize(pool)}`);
        if (!taken.some((other) => overlaps(other, block))) return this.#createBlock(node, formatCidr(block), sizeOf(block));
      }
    }
    return undefined;
  }

  #createBlock(node: string, cidr: string, size: number): IPAMBlock {
    this.#api.create(blockAffinities, {
      apiVersion,
      kind: 'BlockAffinity',
      metadata: { name: `${node}-${nameOf(cidr)}` },
      spec: { cidr, node, state: 'confirmed', deleted: 'false', type: 'host' },
    });
    return this.#api.create(ipamBlocks, {
      apiVersion,
      kind: 'IPAMBlock',
      metadata: { name: nameOf(cidr) },
      spec: {
        cidr,
        affinity: `host:${node}`,
        allocations: Array.from({ length: size }, () => null),
        attributes: [],
        unallocated: Array.from({ length: size }, (_, ordinal) => ordinal),
        strictAffinity: false,
        deleted: false,
      },
    });
  }

  #addToHandle(handle: string, cidr: string): void {
    const name = handle.toLowerCase();
    if (!this.#api.get(ipamHandles, undefined, name)) {
      const spec = { handleID: handle, block: { [cidr]: 1 }, deleted: false };
      this.#api.create(ipamHandles, { apiVersion, kind: 'IPAMHandle', metadata: { name }, spec });
      return;
    }
    this.#api.modify(ipamHandles, undefined, name, ({ spec }) => void (spec.block[cidr] = (spec.block[cidr] ?? 0) + 1));
  }
}
