import { Environment } from '@marcbachmann/cel-js';
import { registerLists } from './library/lists.ts';
import { registerNetwork } from './library/network.ts';
import { registerQuantities } from './library/quantities.ts';
import { registerSets } from './library/sets.ts';
import { registerFormats, registerStrings } from './library/text.ts';

let shared: Environment | undefined;

/** CEL with the libraries that Kubernetes adds (apiserver pkg/cel/environment), to declare variables in. Made when first needed. */
export function kubernetesEnvironment(): Environment {
  if (!shared) {
    // The values of a format() may be of any types.
    shared = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false });
    for (const register of [registerLists, registerStrings, registerFormats, registerNetwork, registerQuantities, registerSets])
      register(shared);
  }
  return shared.clone();
}
