import { delimiter, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** What a lab shell, a solution script and a tool of a session find in their environment beside the person's own. */
export function shellEnvironment(
  session: { name: string; folder: string; kubeconfigPath: string; labFolder?: string | undefined },
  base: Environment,
): Environment {
  const { name, folder, kubeconfigPath, labFolder } = session;
  return {
    ...base,
    KUBECONFIG: kubeconfigPath,
    PATH: [join(folder, 'bin'), ...(base['PATH'] ? [base['PATH']] : [])].join(delimiter),
    KINDLAB_CLUSTER: name,
    ...(labFolder && { KINDLAB_LAB: labFolder }),
    // kubectl keeps what it discovers by address and port, and the next cluster may get this one's.
    KUBECACHEDIR: join(folder, 'kube-cache'),
    HELM_CACHE_HOME: join(folder, 'helm', 'cache'),
    HELM_CONFIG_HOME: join(folder, 'helm', 'config'),
    HELM_DATA_HOME: join(folder, 'helm', 'data'),
  };
}
