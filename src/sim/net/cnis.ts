import type { Clock } from '../../base/clock.ts';
import type { ApiClient } from '../api/client.ts';
import type { ImageBehaviour } from '../node/image.ts';
import { calicoKubeControllers } from './calico/kube-controllers.ts';
import { calicoCni, calicoNode } from './calico/node-agent.ts';
import { calicoPlugin } from './calico/plugin.ts';
import { ciliumAgent } from './cilium/agent.ts';
import { ciliumOperator } from './cilium/operator.ts';
import { ciliumPlugin } from './cilium/plugin.ts';
import type { CniPlugin } from './cni.ts';
import { ptpPlugin } from './ptp.ts';

/** The plugins that kubelets find under /opt/cni/bin. */
export const cniPlugins = (context: { api: ApiClient; clock: Clock; random: () => number }): readonly CniPlugin[] => [
  calicoPlugin(context),
  ciliumPlugin(context),
  ptpPlugin(context.api),
];

/** The images of Calico and Cilium. */
export const cniImages: readonly ImageBehaviour[] = [calicoNode, calicoCni, calicoKubeControllers, ciliumAgent, ciliumOperator];
