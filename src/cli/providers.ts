import type { Provider } from '../cluster/cluster.ts';
import { kindProvider } from '../cluster/kind/provider.ts';
import { simulatedProvider } from '../cluster/simulated.ts';
import { kindConfigsFolder, type CliContext } from './context.ts';

export const providers = (cli: CliContext): Provider[] => [
  simulatedProvider(kindConfigsFolder(cli)),
  kindProvider({ configs: kindConfigsFolder(cli), env: cli.env }),
];
