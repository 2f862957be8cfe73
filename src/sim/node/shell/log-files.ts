import { FileTree } from '../file-tree.ts';
import type { Kubelet } from '../kubelet/kubelet.ts';
import type { NodeFiles } from '../machine.ts';
import { MountedFiles } from '../mounted-files.ts';

/** A node's files with the logs of its containers in /var/log/pods and /var/log/containers, as they are at this moment. */
export function withLogs(kubelet: Kubelet): NodeFiles {
  const now = () => kubelet.machine.files.stat('/').modified;
  const pods = new FileTree(now);
  const containers = new FileTree(now);
  for (const { pod, runners, uid } of kubelet.workers.values()) {
    const { name, namespace } = pod.metadata;
    for (const { container, state, process } of runners.values()) {
      if (!state.id) continue;
      const text = (lines: readonly string[] = []) => lines.map((line) => `${line}\n`).join('');
      const log = text(process?.log ?? state.log);
      const folder = `/${namespace}_${name}_${uid}/${container.name}`;
      pods.write(`${folder}/${state.restarts}.log`, log, { mode: 0o640 });
      if (state.last) pods.write(`${folder}/${state.restarts - 1}.log`, text(state.previousLog), { mode: 0o640 });
      containers.write(`/${name}_${namespace}_${container.name}-${state.id}.log`, log, { mode: 0o640 });
    }
  }
  return new MountedFiles(kubelet.machine.files, [
    { at: '/var/log/pods', files: pods, base: '/', readOnly: true },
    { at: '/var/log/containers', files: containers, base: '/', readOnly: true },
  ]);
}
