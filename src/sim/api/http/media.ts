import { StatusError } from '../../../kube/status.ts';

/** The form in which objects are answered. */
export interface Format {
  type: 'json' | 'yaml';
  as?: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';
}

const plain: Format = { type: 'json' };
const notAcceptable =
  '406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf';
const streams = ', application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch';

/** Chooses the first form of an Accept header that there is. Throws 406. */
export function negotiate(
  accept: string | undefined,
  offers: readonly Format['as'][] = ['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'],
  mayWatch = false,
): Format {
  if (!accept) return plain;
  let known = false;
  for (const clause of accept.split(',')) {
    const [media = '', ...parameters] = clause.split(';').map((part) => part.trim());
    const type = typeOf(media);
    if (!type) continue;
    known = true;
    const values = new Map(parameters.map((p) => p.split('=', 2) as [string, string]));
    const as = values.get('as') as Format['as'];
    if (as === undefined) return { type };
    const group = values.get('g');
    const version = values.get('v');
    if (offers.includes(as) && (group === undefined || group === 'meta.k8s.io') && (version === 'v1' || version === 'v1beta1'))
      return { type, as };
  }
  if (known) {
    const message = 'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf';
    throw new StatusError(406, 'NotAcceptable', message);
  }
  throw new StatusError(406, 'NotAcceptable', `${notAcceptable}${mayWatch ? streams : ''}`, {});
}

function typeOf(media: string): Format['type'] | undefined {
  if (media === 'application/json' || media === '*/*' || media === '') return 'json';
  if (media === 'application/yaml' || media === 'text/yaml') return 'yaml';
  return undefined;
}
