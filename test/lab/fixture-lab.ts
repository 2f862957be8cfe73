import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ClusterSpec } from '../../src/cluster/cluster.ts';

/** A folder that is gone when the test ends. */
export class TemporaryFolder implements AsyncDisposable {
  readonly path: string;
  private constructor(path: string) {
    this.path = path;
  }
  static async make(): Promise<TemporaryFolder> {
    return new TemporaryFolder(await mkdtemp(join(tmpdir(), 'kindlab-test ')));
  }
  async write(files: Record<string, string>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      const path = join(this.path, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    }
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

const step = (title: string, field: string) => `title: ${title}
timeLimit: 2s
hints:
  - Think.
  - Do it on {{cluster}}-worker.
checks:
  - id: done
    title: ${field} is set
    object: {apiVersion: v1, kind: Node, name: "{{cluster}}-worker", match: {spec: {${field}: true}}}
    hints: [{text: Set ${field}.}]
`;

/** labs/demo with the steps cordon, drain, finish. A solution prints what the test's cluster then does. */
export const demoLab: Record<string, string> = {
  'labs/demo/lab.yaml': `id: demo
title: A demo
summary: Three steps.
cluster: {name: demo, cni: calico, workers: 1, kindConfig: calico}
manifests: [manifests/app.yaml]
steps:
  - {id: cordon, chapter: One}
  - {id: drain}
  - {id: finish}
`,
  'labs/demo/manifests/app.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: "{{cluster}}-shop"}\n',
  ...Object.fromEntries(
    ['cordon', 'drain', 'finish'].flatMap((id) => [
      [`labs/demo/steps/${id}.yaml`, step(`${id} it`, id)],
      [`labs/demo/steps/${id}.md`, `# ${id}\nOn {{cluster}}-worker.\n`],
      [`labs/demo/steps/${id}.solution.mjs`, `echo('set ${id} on ' + process.env.KINDLAB_CLUSTER)\n`],
    ]),
  ),
};

/** A fault of the demo lab that a test's cluster shows as the field `broken` of its node. */
export const demoFault: Record<string, string> = {
  'labs/demo/faults/broken.yaml': `title: A field is there
symptom: Nothing works.
source: a test
during: [cordon]
timeLimit: 2s
checks:
  - id: whole
    title: the node is whole
    object: {apiVersion: v1, kind: Node, name: "{{cluster}}-worker", match: {spec: {broken: {$absent: true}}}}
`,
  'labs/demo/faults/broken.md': 'Look at {{cluster}}-worker.\n',
  'labs/demo/faults/broken.inject.mjs': "echo('set broken on ' + process.env.KINDLAB_CLUSTER)\n",
  'labs/demo/faults/broken.clear.mjs': "echo('whole again')\n",
};

export const demoSpec: ClusterSpec = { name: 'demo', backend: 'simulated', cni: 'calico', workers: 1, kindConfig: 'calico', manifests: [] };
