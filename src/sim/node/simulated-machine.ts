import { sleep, type Cancel, type Clock } from '../../base/clock.ts';
import { Emitter } from '../../base/events.ts';
import { FileTree } from './file-tree.ts';
import type { Machine } from './machine.ts';
import { initialFiles, initialFolders } from './node-files.ts';
import type { RecordStore } from './record-store.ts';
import type { MachineRecord } from './records.ts';
import { StoredSlots } from './slots.ts';

export type MachineStore = RecordStore<MachineRecord['spec'], MachineRecord['state']>;

/** Milliseconds that `docker restart` keeps a Kind node down (recorded: 1.2 s). */
const downMs = 1000;

const uuid = (random: () => number): string => {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
};

export class SimulatedMachine implements Machine {
  readonly name: string;
  readonly address: string;
  readonly role: 'control-plane' | 'worker';
  readonly podCidr: string | undefined;
  readonly files: FileTree;
  readonly disk: StoredSlots;
  readonly kernel: StoredSlots;
  #bootId: string;
  #power: MachineRecord['state']['power'] = 'on';
  readonly #spec: MachineRecord['spec'];
  readonly #store: MachineStore;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #events = new Emitter<'stopped' | 'started'>();

  /** Without `stored`, a new node as Kind makes it. */
  constructor(
    name: string,
    spec: MachineRecord['spec'],
    context: { store: MachineStore; clock: Clock; random: () => number },
    stored?: MachineRecord['state'],
  ) {
    this.name = name;
    this.address = spec.address;
    this.role = spec.role;
    this.podCidr = spec.podCidr;
    this.#spec = spec;
    this.#store = context.store;
    this.#clock = context.clock;
    this.#random = context.random;
    const changed = () => this.#save();
    this.files = new FileTree(() => this.#clock.now(), changed);
    this.disk = new StoredSlots(stored?.disk ?? {}, changed);
    this.kernel = new StoredSlots(stored?.kernel ?? {}, changed);
    this.#bootId = stored?.bootId ?? uuid(this.#random);
    this.#power = stored?.power ?? 'on';
    if (stored) this.files.load(stored.files);
    else for (const file of initialFiles(name, spec)) this.files.write(file.path, file.text, file);
    if (!stored) for (const folder of initialFolders) this.files.mkdir(folder);
    this.#save();
  }

  get bootId(): string {
    return this.#bootId;
  }

  get running(): boolean {
    return this.#power === 'on';
  }

  async restart(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.#halt('restarting');
    await this.finishRestart();
  }

  /** Boots a machine that was on its way down and up again when the simulator ended. */
  async finishRestart(): Promise<void> {
    if (this.#power !== 'restarting') return;
    await sleep(this.#clock, downMs);
    this.#boot('restarting');
  }

  async stop(): Promise<void> {
    this.#halt('off');
  }

  async start(): Promise<void> {
    this.#boot('off');
  }

  on(listener: (event: 'stopped' | 'started') => void): Cancel {
    return this.#events.on(listener);
  }

  #halt(power: 'off' | 'restarting'): void {
    const wasRunning = this.running;
    this.#power = power;
    this.kernel.clear();
    this.#save();
    if (wasRunning) this.#events.emit('stopped');
  }

  #boot(from: 'off' | 'restarting'): void {
    if (this.#power !== from) return;
    this.#power = 'on';
    this.#bootId = uuid(this.#random);
    this.#save();
    this.#events.emit('started');
  }

  #save(): void {
    this.#store.save(this.name, this.#spec, () => ({
      power: this.#power,
      bootId: this.#bootId,
      files: this.files.toJSON(),
      disk: this.disk.toJSON(),
      kernel: this.kernel.toJSON(),
    }));
  }
}
