import type { Cancel } from '../../../base/clock.ts';
import { gone, invalid, StatusError } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import type { Change } from '../../store/table.ts';
import type { Core } from '../registry/core.ts';
import type { Definition } from '../registry/definition.ts';
import { tooLargeVersion } from '../registry/list.ts';
import { selector, type Predicate, type Selection } from '../registry/select.ts';
import { emptyCells, type IncludeObject } from '../table/table.ts';
import { encodeProtobuf, encodeWatchFrame, type Json } from '../machinery.ts';
import { metaVersion, protobufType, type Format } from './media.ts';
import { json, type ApiResponse, type Sink } from './message.ts';
import { objectJson, objectProtobuf } from './present.ts';

export interface WatchRequest extends Selection {
  namespace?: string | undefined;
  resourceVersion?: string | undefined;
  continue?: string | undefined;
  resourceVersionMatch?: string | undefined;
  sendInitialEvents?: boolean | undefined;
  allowWatchBookmarks: boolean;
  timeoutSeconds?: number | undefined;
}

const bookmarkEveryMs = 60_000;
const versionWaitMs = 3_000;
/** A client that leaves this much unread is cut off; it resumes or relists. */
const maxBuffered = 64 * 1024 * 1024;
const minTimeoutSeconds = 1800;
const goldenRatio = 0.618_033_988_75;

const encoder = new TextEncoder();
const frame = (type: string, object: string): string => `{"type":"${type}","object":${object}}\n`;

function watchVersion(text: string | undefined): number {
  if (!text || /^\d{1,15}$/.test(text)) return Number(text ?? 0);
  const quoted = JSON.stringify(text);
  throw new StatusError(500, '', `resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: invalid syntax`);
}

/** GET …?watch=true: an answer that goes on until its time, the client or a rewind ends it. */
export function watch(core: Core, definition: Definition, request: WatchRequest, format: Format, include: IncludeObject): ApiResponse {
  checkOptions(request);
  const version = watchVersion(request.resourceVersion);
  const matches = scoped(request.namespace, selector(definition, request));
  return {
    status: 200,
    headers: { 'content-type': format.type === 'json' ? json : `${protobufType};stream=watch` },
    body: (sink) => new Watcher(core, definition, request, format, include, matches, sink).start(version),
  };
}

class Watcher {
  readonly #core: Core;
  readonly #definition: Definition;
  readonly #request: WatchRequest;
  readonly #format: Format;
  readonly #include: IncludeObject;
  readonly #matches: Predicate;
  readonly #sink: Sink;
  readonly #cancels: Cancel[] = [];
  readonly #encoding: string;
  #done = false;
  /** A Table tells its columns once. */
  #columnsTold = false;
  #from = 0;

  constructor(
    core: Core,
    definition: Definition,
    request: WatchRequest,
    format: Format,
    include: IncludeObject,
    matches: Predicate,
    sink: Sink,
  ) {
    this.#core = core;
    this.#definition = definition;
    this.#request = request;
    this.#format = format;
    this.#include = include;
    this.#matches = matches;
    this.#sink = sink;
    this.#encoding = `${definition.apiVersion} ${format.type} ${format.as ?? ''} ${metaVersion(format)} ${include}`;
  }

  start(version: number): void {
    const { store, clock } = this.#core;
    // Of a version that is still to come, what comes after it.
    if (version > store.revision) this.#awaitVersion(version);
    const table = store.table(this.#definition.table);
    const fromStart = this.#request.sendInitialEvents ?? version === 0;
    if (fromStart) {
      for (const object of store.list(this.#definition.table, this.#request.namespace)) {
        if (this.#matches(object)) this.#sink.write(this.#frame('ADDED', object));
      }
      if (this.#request.sendInitialEvents && this.#request.allowWatchBookmarks) this.#bookmark({ 'k8s.io/initial-events-end': 'true' });
    } else if (version > 0 && version <= store.revision) {
      const missed = table.since(version);
      if (!missed) return this.#fail(gone(`too old resource version: ${version} (${store.revision})`));
      for (const change of missed) this.#tell(change);
    }
    this.#cancels.push(
      store.subscribe(this.#definition.table, (change) => this.#tell(change)),
      store.onRewind(() => this.#fail(gone(`too old resource version: the cluster was rewound (${store.revision})`))),
    );
    // Spread by the revision: a client that watches must not draw from the cluster's own randomness.
    const seconds = this.#request.timeoutSeconds || minTimeoutSeconds * (1 + ((store.revision * goldenRatio) % 1));
    this.#cancels.push(clock.after(seconds * 1000, () => this.#end()));
    if (this.#request.allowWatchBookmarks) this.#keepBookmarking();
    if (this.#definition.custom) this.#cancels.push(this.#core.catalog.changed.on(() => this.#endIfGone()));
    this.#sink.signal.addEventListener('abort', () => this.#release(), { once: true });
  }

  /** As the watch cache: a version that does not come in time was never there. */
  #awaitVersion(version: number): void {
    this.#from = version;
    const { store, clock } = this.#core;
    const tooLate = () => {
      if (store.revision < version) this.#fail(tooLargeVersion(version, store.revision));
    };
    this.#cancels.push(clock.after(versionWaitMs, tooLate));
  }

  #tell(change: Change): void {
    const { object, previous, deleted } = change;
    if (change.revision <= this.#from) return;
    const now = !deleted && this.#matches(object);
    const before = previous !== undefined && this.#matches(previous);
    if (!now && !before) return;
    const type = !now ? 'DELETED' : before ? 'MODIFIED' : 'ADDED';
    this.#sink.write(this.#encoded(change, type));
    if (this.#sink.buffered > maxBuffered) this.#end();
  }

  /** Made once for all watchers of the same form. */
  #encoded(change: Change, type: string): Uint8Array {
    const key = `${type} ${this.#encoding} ${this.#columnsTold}`;
    let bytes = change.encodings.get(key);
    if (!bytes) change.encodings.set(key, (bytes = this.#frame(type, last(change, type))));
    this.#columnsTold = true;
    return bytes;
  }

  #frame(type: string, object: KubeObject): Uint8Array {
    if (this.#format.type === 'protobuf') return encodeWatchFrame(type, objectProtobuf(this.#definition, object, this.#format));
    const text = objectJson(this.#core, this.#definition, object, this.#format, this.#include);
    const told = this.#format.as === 'Table' && this.#columnsTold;
    this.#columnsTold = true;
    return encoder.encode(frame(type, told ? withoutColumns(text) : text));
  }

  /** What is no stored object. */
  #frameOf(type: string, object: object): string | Uint8Array {
    if (this.#format.type !== 'protobuf') return frame(type, JSON.stringify(object));
    return encodeWatchFrame(type, encodeProtobuf(object as Json)!);
  }

  #keepBookmarking(): void {
    const cancel = this.#core.clock.after(bookmarkEveryMs, () => {
      this.#bookmark();
      const index = this.#cancels.indexOf(stop);
      if (index !== -1) this.#cancels.splice(index, 1);
      this.#keepBookmarking();
    });
    const stop = () => cancel();
    this.#cancels.push(stop);
  }

  #bookmark(annotations?: Record<string, string>): void {
    const { apiVersion, kind } = this.#definition;
    const resourceVersion = String(this.#core.store.revision);
    const metadata = { resourceVersion, ...(annotations && { annotations }) };
    const formVersion = metaVersion(this.#format);
    const object =
      this.#format.as === 'Table'
        ? {
            kind: 'Table',
            apiVersion: formVersion,
            metadata: { resourceVersion },
            columnDefinitions: null,
            rows: [
              {
                cells: emptyCells(this.#core, this.#definition),
                object: { kind: 'PartialObjectMetadata', apiVersion: formVersion, metadata },
              },
            ],
          }
        : this.#format.as
          ? { kind: 'PartialObjectMetadata', apiVersion: formVersion, metadata }
          : { kind, apiVersion, metadata };
    this.#sink.write(this.#frameOf('BOOKMARK', object));
  }

  #endIfGone(): void {
    if (!this.#core.catalog.of(this.#definition)) this.#end();
  }

  #fail(error: StatusError): void {
    this.#sink.write(this.#frameOf('ERROR', error.status));
    this.#end();
  }

  #end(): void {
    if (this.#done) return;
    this.#release();
    this.#sink.end();
  }

  #release(): void {
    this.#done = true;
    for (const cancel of this.#cancels.splice(0)) cancel();
  }
}

function withoutColumns(table: string): string {
  const parsed = JSON.parse(table) as { columnDefinitions: unknown };
  return JSON.stringify({ ...parsed, columnDefinitions: null });
}

/** What a watcher is shown: of an object that left its selection, the last state that was in it. */
function last(change: Change, type: string): KubeObject {
  if (type !== 'DELETED' || change.deleted) return change.object;
  const previous = change.previous!;
  return { ...previous, metadata: { ...previous.metadata, resourceVersion: String(change.revision) } };
}

function scoped(namespace: string | undefined, matches: Predicate | undefined): Predicate {
  if (namespace === undefined) return matches ?? (() => true);
  return (object) => object.metadata.namespace === namespace && (!matches || matches(object));
}

function checkOptions({ sendInitialEvents, resourceVersionMatch: match, continue: token }: WatchRequest): void {
  const field = 'resourceVersionMatch';
  const refuse = (message: string, unsupported?: string) =>
    invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', [
      { reason: 'FieldValueForbidden', message: `Forbidden: ${message}`, field },
      ...(unsupported
        ? [
            {
              reason: 'FieldValueNotSupported',
              message: `Unsupported value: ${JSON.stringify(unsupported)}: supported values: "NotOlderThan"`,
              field,
            },
          ]
        : []),
    ]);
  if (token) throw refuse('resourceVersionMatch is forbidden when continue is provided');
  if (sendInitialEvents === undefined) {
    if (match) throw refuse('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
  } else if (match !== 'NotOlderThan') {
    throw refuse('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan', match);
  }
}
