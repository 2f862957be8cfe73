import type { PodSpec } from '../../../kube/types.ts';
import { tryParseQuantity } from '../../../kube/quantity.ts';

/** As pkg/apis/core/v1/helper/qos: CPU and memory decide. */
export function qosClassOf(spec: PodSpec): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  let any = false;
  let guaranteed = true;
  for (const { resources } of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    for (const name of ['cpu', 'memory']) {
      const limit = nanos(resources?.limits?.[name]);
      const request = nanos(resources?.requests?.[name]);
      if (limit > 0n || request > 0n) any = true;
      if (limit === 0n || (request !== 0n && request !== limit)) guaranteed = false;
    }
  }
  return any ? (guaranteed ? 'Guaranteed' : 'Burstable') : 'BestEffort';
}

const nanos = (text: string | undefined): bigint => (text === undefined ? 0n : (tryParseQuantity(text)?.nanos ?? 0n));
