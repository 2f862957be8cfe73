/** resource.Quantity (apimachinery pkg/api/resource): a fixed-point number in units of 10⁻⁹, and the notation it was written in. */
export interface Quantity {
  readonly nanos: bigint;
  readonly format: 'DecimalSI' | 'BinarySI' | 'DecimalExponent';
}

const syntax = /^([+-]?)(\d*)(?:\.(\d*))?((?:[numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?)$/;
const decimalExponents: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const decimalSuffixes = new Map(Object.entries(decimalExponents).map(([suffix, exponent]) => [exponent, suffix]));
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const unit = 1_000_000_000n;

export const quantitySyntaxMessage = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/** undefined where the text is no quantity. */
export function tryParseQuantity(text: string | number): Quantity | undefined {
  const match = syntax.exec(String(text).trim());
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const digits = BigInt(whole + fraction);
  const binary = suffix.endsWith('i') ? binarySuffixes.indexOf(suffix) : -1;
  const exponential = /^[eE][+-]?\d+$/.test(suffix);
  const power = (binary >= 0 ? 0 : exponential ? Number(suffix.slice(1)) : decimalExponents[suffix]!) - fraction.length + 9;
  // 10^1000 is no amount of anything, and would only take memory.
  if (Math.abs(power) > 1000) return undefined;
  const scaled = digits * (binary > 0 ? 1024n ** BigInt(binary) : 1n);
  const nanos = power >= 0 ? scaled * 10n ** BigInt(power) : divideUp(scaled, 10n ** BigInt(-power));
  const format = binary >= 0 ? (nanos > 0n && nanos < unit ? 'DecimalSI' : 'BinarySI') : exponential ? 'DecimalExponent' : 'DecimalSI';
  return { nanos: sign === '-' ? -nanos : nanos, format };
}

/** A number means units: 0.5 is 500m. Throws RangeError with upstream's text where the text is no quantity. */
export function parseQuantity(text: string | number): Quantity {
  const quantity = tryParseQuantity(text);
  if (!quantity) throw new RangeError(quantitySyntaxMessage);
  return quantity;
}

const divideUp = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;

/** Negative, zero or positive, as a comparator. */
export const compareQuantities = (a: Quantity, b: Quantity): number => (a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0);

/** The sum keeps the notation of `a`, unless `a` is zero. */
export const addQuantities = (a: Quantity, b: Quantity): Quantity => ({
  nanos: a.nanos + b.nanos,
  format: a.nanos === 0n ? b.format : a.format,
});

/** In units, as a JavaScript number: exact up to 2⁵³. */
export const quantityToNumber = (quantity: Quantity): number =>
  Number(quantity.nanos / unit) + Number(quantity.nanos % unit) / Number(unit);

/** In thousandths, rounded up, as Quantity.MilliValue. */
export const milliValue = (quantity: Quantity): number =>
  Number(quantity.nanos >= 0n ? divideUp(quantity.nanos, 1_000_000n) : -(-quantity.nanos / 1_000_000n));

/** The canonical text: no fraction, the largest suffix that loses nothing. `1000m` is `1`, `1024Mi` is `1Gi`, `0.1` is `100m`. */
export function formatQuantity({ nanos, format }: Quantity): string {
  if (nanos === 0n) return '0';
  const units = nanos / unit;
  if (format === 'BinarySI' && nanos % unit === 0n && (units <= -1024n || units >= 1024n)) {
    let [value, power] = [units, 0];
    while (value % 1024n === 0n && power < binarySuffixes.length - 1) [value, power] = [value / 1024n, power + 1];
    return `${value}${binarySuffixes[power]}`;
  }
  let [value, exponent] = [nanos, -9];
  const largest = format === 'DecimalExponent' ? Number.POSITIVE_INFINITY : 18;
  while (value % 1000n === 0n && exponent < largest) [value, exponent] = [value / 1000n, exponent + 3];
  const suffix = format === 'DecimalExponent' && exponent !== 0 ? `e${exponent}` : decimalSuffixes.get(exponent);
  return `${value}${suffix}`;
}

/** The canonical text of a quantity's text; what is no quantity stays as it is. */
export const canonicalQuantity = (text: string | number): string => {
  const quantity = tryParseQuantity(text);
  return quantity ? formatQuantity(quantity) : String(text);
};
