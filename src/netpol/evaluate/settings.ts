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
  /** tunnelPort: the overlay's UDP port, which the host firewall polices like any other. */
  readonly tunnelPort: number;
  /** policyEnforcementMode */
  readonly enforcement: 'default' | 'always' | 'never';
}

export const defaultSettings: CiliumSettings = {
  cidrMatchesNodes: false,
  localhostByPolicy: false,
  sctp: false,
  hostFirewall: false,
  tunnelPort: 8472,
  enforcement: 'default',
};

/** Reads the options that differ from the defaults: `nodes-mode`, `localhost=policy`, `sctp`, `hostfw`, `tunnel-port=8473`, `enforcement=always`. */
export function parseSettings(text = ''): CiliumSettings {
  const words = text.split(/[\s,]+/);
  const enforcement = (['always', 'never'] as const).find((mode) => words.includes(`enforcement=${mode}`)) ?? 'default';
  return {
    cidrMatchesNodes: words.includes('nodes-mode'),
    localhostByPolicy: words.includes('localhost=policy'),
    sctp: words.includes('sctp'),
    hostFirewall: words.includes('hostfw'),
    tunnelPort: Number(/tunnel-port=(\d+)/.exec(text)?.[1] ?? defaultSettings.tunnelPort),
    enforcement,
  };
}
