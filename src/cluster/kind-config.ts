import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { KindlabError, messageOf } from '../base/errors.ts';

/** The part of a Kind config that both backends follow. */
const KindConfig = z.object({
  kind: z.literal('Cluster'),
  apiVersion: z.literal('kind.x-k8s.io/v1alpha4'),
  networking: z.object({ podSubnet: z.string().optional(), disableDefaultCNI: z.boolean().optional() }).optional(),
  nodes: z.array(z.object({ role: z.enum(['control-plane', 'worker']) })).min(1),
});

export interface Topology {
  workers: number;
  /** IPv4 CIDR of the pods, as 192.168.0.0/16; undefined where the config leaves it to Kind. */
  podCidr: string | undefined;
}

/** Reads `<folder>/<name>.yaml`. Throws KindlabError `kind-config-invalid`. */
export async function readTopology(folder: string, name: string): Promise<Topology> {
  const path = join(folder, `${name}.yaml`);
  const invalid = (message: string, cause: unknown) =>
    new KindlabError({ code: 'kind-config-invalid', message: `${path}: ${message}`, cause });
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw invalid('cannot be read; the names of the files in kind-configs/ are what a lab or --cni can choose from', error);
  }
  let config: z.infer<typeof KindConfig>;
  try {
    config = KindConfig.parse(parse(text));
  } catch (error) {
    throw invalid(error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error), error);
  }
  return { workers: config.nodes.filter((n) => n.role === 'worker').length, podCidr: config.networking?.podSubnet };
}
