import type { Environment } from '@marcbachmann/cel-js';

/** Lets functions be written `name.function()`: the name is a constant of a type of its own, the functions are its methods. */
export function registerNamespace(environment: Environment, name: string): void {
  const Namespace = class {
    readonly name = name;
  };
  environment.registerType(`${name}.library`, Namespace).registerConstant(name, `${name}.library`, new Namespace());
}
