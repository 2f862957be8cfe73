/** Options of a Cilium installation that change what its policies mean. */
export interface CiliumSettings {
  /** policyCIDRMatchMode=nodes: CIDR rules match nodes, too. */
  readonly cidrMatchesNodes: boolean;
  /** allow-localhost=policy: the pod's own node is held to the policies as well. */
  readonly localhostByPolicy: boolean;
  /** sctp.enabled */
  readonly sctp: boolean;
  /** hostFirewall.enabled */
  readonly hostFirewall: boolean;
  /** policyEnforcementMode */
  readonly enforcement: 'default' | 'always' | 'never';
}

export const defaultSettings: CiliumSettings = {
  cidrMatchesNodes: false,
  localhostByPolicy: false,
  sctp: false,
  hostFirewall: false,
  enforcement: 'default',
};
