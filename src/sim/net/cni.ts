import type { Pod } from '../../kube/types.ts';
import type { Machine } from '../node/machine.ts';
import type { CniName } from './network.ts';

/** Thrown by a CNI plugin; the kubelet writes it as FailedCreatePodSandBox. */
export class CniError extends Error {}

/** The program that the kubelet calls for a sandbox, found as /opt/cni/bin/<type>. */
export interface CniPlugin {
  /** As in a conflist's `plugins[0].type`: `calico`, `cilium-cni`, `ptp`. */
  readonly type: string;
  readonly cni: CniName;
  /** CNI ADD: allocates the address and makes the device; `cni` where it differs from the plugin's. Throws CniError. */
  add(machine: Machine, pod: Pod): { ip: string; device: string; cni?: CniName };
  /** CNI DEL: releases both; unknown pods are no error. */
  del(machine: Machine, pod: Pod): void;
}
