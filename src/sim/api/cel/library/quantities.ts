import { EvaluationError, type Environment } from '@marcbachmann/cel-js';
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  quantityToNumber,
  tryParseQuantity,
  type Quantity,
} from '../../../../kube/quantity.ts';

class CelQuantity {
  readonly value: Quantity;
  constructor(value: Quantity) {
    this.value = value;
  }
}

const unit = 1_000_000_000n;

function quantity(text: string): CelQuantity {
  const value = tryParseQuantity(text);
  if (!value) throw new EvaluationError(`quantity parse error during conversion from string: ${text}`);
  return new CelQuantity(value);
}

const whole = ({ value }: CelQuantity): boolean => value.nanos % unit === 0n;
const compare = (a: CelQuantity, b: CelQuantity): number => compareQuantities(a.value, b.value);
const sum = (a: CelQuantity, b: Quantity): CelQuantity => new CelQuantity(addQuantities(a.value, b));
const negated = ({ nanos, format }: Quantity): Quantity => ({ nanos: -nanos, format });
const ofInt = (value: bigint): Quantity => ({ nanos: value * unit, format: 'DecimalSI' });

/** Kubernetes' quantities (apiserver pkg/cel/library/quantity.go). */
export function registerQuantities(environment: Environment): void {
  environment.registerType('kubernetes.Quantity', CelQuantity);
  environment
    .registerFunction('quantity(string): kubernetes.Quantity', quantity)
    .registerFunction('isQuantity(string): bool', (text: string) => tryParseQuantity(text) !== undefined)
    .registerOperator('kubernetes.Quantity == kubernetes.Quantity', (a: CelQuantity, b: CelQuantity) => compare(a, b) === 0)
    .registerFunction('string(kubernetes.Quantity): string', ({ value }: CelQuantity) => formatQuantity(value))
    .registerFunction('kubernetes.Quantity.sign(): int', ({ value }: CelQuantity) => (value.nanos > 0n ? 1n : value.nanos < 0n ? -1n : 0n))
    .registerFunction('kubernetes.Quantity.isInteger(): bool', whole)
    .registerFunction('kubernetes.Quantity.asInteger(): int', (one: CelQuantity) => {
      if (!whole(one)) throw new EvaluationError('cannot convert value to integer');
      return one.value.nanos / unit;
    })
    .registerFunction('kubernetes.Quantity.asApproximateFloat(): double', ({ value }: CelQuantity) => quantityToNumber(value))
    .registerFunction('kubernetes.Quantity.isGreaterThan(kubernetes.Quantity): bool', (a: CelQuantity, b: CelQuantity) => compare(a, b) > 0)
    .registerFunction('kubernetes.Quantity.isLessThan(kubernetes.Quantity): bool', (a: CelQuantity, b: CelQuantity) => compare(a, b) < 0)
    .registerFunction('kubernetes.Quantity.compareTo(kubernetes.Quantity): int', (a: CelQuantity, b: CelQuantity) => BigInt(compare(a, b)))
    .registerFunction('kubernetes.Quantity.add(kubernetes.Quantity): kubernetes.Quantity', (a: CelQuantity, b: CelQuantity) =>
      sum(a, b.value),
    )
    .registerFunction('kubernetes.Quantity.add(int): kubernetes.Quantity', (a: CelQuantity, b: bigint) => sum(a, ofInt(b)))
    .registerFunction('kubernetes.Quantity.sub(kubernetes.Quantity): kubernetes.Quantity', (a: CelQuantity, b: CelQuantity) =>
      sum(a, negated(b.value)),
    )
    .registerFunction('kubernetes.Quantity.sub(int): kubernetes.Quantity', (a: CelQuantity, b: bigint) => sum(a, negated(ofInt(b))));
}
