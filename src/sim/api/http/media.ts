import { StatusError } from '../../../kube/status.ts';

/** The form in which objects are answered. */
export interface Format {
  type: 'json' | 'yaml' | 'protobuf';
  as?: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';
  /** Of that form: meta.k8s.io/v1 where nothing is said. */
  version?: 'v1beta1';
}

export interface Offer {
  /** Forms of an object beside its own. */
  as?: readonly Format['as'][];
  /** A collection can also be watched. */
  mayWatch?: boolean;
  /** Custom resources have no protobuf messages. */
  protobuf?: boolean;
  /** Told in one way whether the type is unknown or the form: where no route of its own is chosen by type. */
  plainly?: boolean;
}

export const protobufType = 'application/vnd.kubernetes.protobuf';
const plain: Format = { type: 'json' };
const all = `application/json, application/yaml, ${protobufType}`;
const streams = `application/json;stream=watch, ${protobufType};stream=watch`;
const forms: readonly Format['as'][] = ['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'];

const only = (types: string) => new StatusError(406, 'NotAcceptable', `only the following media types are accepted: ${types}`);

export const metaVersion = ({ version }: Format): string => `meta.k8s.io/${version ?? 'v1'}`;

/** Chooses the first form of an Accept header that there is. Throws 406. */
export function negotiate(
  accept: string | undefined,
  { as: offers = forms, mayWatch = false, protobuf = true, plainly = false }: Offer = {},
): Format {
  if (!accept) return plain;
  let known = false;
  for (const { media, parameters } of clauses(accept)) {
    const type = typeOf(media);
    if (!type) continue;
    known = true;
    const as = parameters.get('as') as Format['as'];
    if (type === 'protobuf' && (!protobuf || as === 'Table')) continue;
    if (as === undefined) return { type };
    const group = parameters.get('g');
    const version = parameters.get('v');
    if (offers.includes(as) && (group === undefined || group === 'meta.k8s.io') && (version === 'v1' || version === 'v1beta1'))
      return { type, as, ...(version === 'v1beta1' && { version }) };
  }
  if (known || plainly) throw only(all);
  const message = `406: Not Acceptable\n\nAvailable representations: ${all}${mayWatch ? `, ${streams}` : ''}`;
  throw new StatusError(406, 'NotAcceptable', message, {});
}

/** A watch is no YAML document. */
export function negotiateStream(format: Format): void {
  if (format.type === 'yaml') throw only(streams);
}

interface Clause {
  media: string;
  parameters: ReadonlyMap<string, string>;
}

/** The header's clauses, those of higher quality first. */
function clauses(accept: string): Clause[] {
  const found = accept.split(',').map((clause): Clause => {
    const [media = '', ...parameters] = clause.split(';').map((part) => part.trim());
    return { media, parameters: new Map(parameters.map((p) => p.split('=', 2) as [string, string])) };
  });
  const quality = ({ parameters }: Clause) => Number(parameters.get('q') ?? 1);
  return found.some(({ parameters }) => parameters.has('q')) ? found.toSorted((a, b) => quality(b) - quality(a)) : found;
}

function typeOf(media: string): Format['type'] | undefined {
  if (media === 'application/json' || media === '*/*' || media === '') return 'json';
  if (media === 'application/yaml' || media === 'text/yaml') return 'yaml';
  return media === protobufType ? 'protobuf' : undefined;
}
