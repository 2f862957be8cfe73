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

/** Reads the options that differ from the defaults: `nodes-mode`, `localhost=policy`, `sctp`, `hostfw`, `enforcement=always`. */
export function parseSettings(text = ''): CiliumSettings {
  const words = text.split(/[\s,]+/);
  const enforcement = (['always', 'never'] as const).find((mode) => words.includes(`enforcement=${mode}`)) ?? 'default';
  return {
    cidrMatchesNodes: words.includes('nodes-mode'),
    localhostByPolicy: words.includes('localhost=policy'),
    sctp: words.includes('sctp'),
    hostFirewall: words.includes('hostfw'),
    enforcement,
  };
}
