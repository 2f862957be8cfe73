/** Name and label syntax, with upstream's texts (apimachinery pkg/util/validation and pkg/api/validate/content). Each check lists what is wrong. */

const label1123 = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const label1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const subdomain1123 = `${label1123}(\\.${label1123})*`;
const qualified = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const configKey = '[-._a-zA-Z0-9]+';
const percent = '[0-9]+%';

const anchored = (source: string): RegExp => new RegExp(`^(?:${source})$`);
const label1123Regexp = anchored(label1123);
const label1035Regexp = anchored(label1035);
const subdomainRegexp = anchored(subdomain1123);
const qualifiedRegexp = anchored(qualified);
const labelValueRegexp = anchored(`(${qualified})?`);
const configKeyRegexp = anchored(configKey);
const percentRegexp = anchored(percent);

/** `message (e.g. 'a', or 'b', regex used for validation is '…')`, as upstream words a failed match. */
export const regexMessage = (message: string, source: string, ...examples: string[]): string => {
  const shown = examples.map((example) => `'${example}', `).join(' or ');
  return examples.length > 0
    ? `${message} (e.g. ${shown}regex used for validation is '${source}')`
    : `${message} (regex used for validation is '${source}')`;
};

const tooLong = (max: number, unit = 'characters'): string => `must be no more than ${max} ${unit}`;

const check = (value: string, max: number, regexp: RegExp, message: () => string, unit?: string): string[] => [
  ...(Buffer.byteLength(value) > max ? [tooLong(max, unit)] : []),
  ...(regexp.test(value) ? [] : [message()]),
];

export const dns1123Label = (value: string): string[] =>
  check(value, 63, label1123Regexp, () =>
    subdomainRegexp.test(value)
      ? 'must not contain dots'
      : regexMessage(
          "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
          label1123,
          'my-name',
          '123-abc',
        ),
  );

export const dns1123Subdomain = (value: string): string[] =>
  check(value, 253, subdomainRegexp, () =>
    regexMessage(
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
      subdomain1123,
      'example.com',
    ),
  );

export const dns1035Label = (value: string): string[] =>
  check(value, 63, label1035Regexp, () =>
    regexMessage(
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
      label1035,
      'my-name',
      'abc-123',
    ),
  );

const qualifiedMessage = regexMessage(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  qualified,
  'MyName',
  'my.name',
  '123-abc',
);

/** A label key, annotation key or any other qualified name: `[prefix/]name`. */
export const qualifiedName = (value: string): string[] => {
  const parts = value.split('/');
  if (parts.length > 2)
    return [`a valid label key ${qualifiedMessage} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  const name = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? parts[0]! : undefined;
  return [
    ...(prefix === undefined ? [] : prefix === '' ? ['prefix part must be non-empty'] : prefixMessages(prefix)),
    ...(name === '' ? ['name part must be non-empty'] : name.length > 63 ? [`name part ${tooLong(63, 'bytes')}`] : []),
    ...(qualifiedRegexp.test(name) ? [] : [`name part ${qualifiedMessage}`]),
  ];
};

const prefixMessages = (prefix: string): string[] =>
  dns1123Subdomain(prefix).map((message) => `prefix part ${message.replace('253 characters', '253 bytes')}`);

export const labelValue = (value: string): string[] =>
  check(
    value,
    63,
    labelValueRegexp,
    () =>
      regexMessage(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        `(${qualified})?`,
        'MyValue',
        'my_value',
        '12345',
      ),
    'bytes',
  );

/** A key of a ConfigMap or Secret. */
export const configMapKey = (value: string): string[] => [
  ...check(value, 253, configKeyRegexp, () =>
    regexMessage(
      "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
      configKey,
      'key.name',
      'KEY_NAME',
      'key-name',
    ),
  ),
  ...(value === '.'
    ? ["must not be '.'"]
    : value === '..'
      ? ["must not be '..'"]
      : value.startsWith('..')
        ? ["must not start with '..'"]
        : []),
];

/** The name of an environment variable, by the relaxed rule that is the default since 1.34. */
export const envVarName = (value: string): string[] => [
  ...(value === '' ? ['environment variable name must be non-empty'] : []),
  ...(/^[\x20-\x3c\x3e-\x7e]*$/.test(value)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"]),
];

/** The name of a container port, or a service's target port by name (IANA_SVC_NAME). */
export const portName = (value: string): string[] => [
  ...(value.length > 15 ? [tooLong(15)] : []),
  ...(/^[-a-z0-9]+$/.test(value) ? [] : ['must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)']),
  ...(/[a-z]/.test(value) ? [] : ['must contain at least one letter (a-z)']),
  ...(value.includes('--') ? ['must not contain consecutive hyphens'] : []),
  ...(/^-|-$/.test(value) ? ['must not begin or end with a hyphen'] : []),
];

export const portNumber = (value: number): string[] =>
  Number.isInteger(value) && value >= 1 && value <= 65_535 ? [] : ['must be between 1 and 65535, inclusive'];

export const percentage = (value: string): string[] =>
  percentRegexp.test(value)
    ? []
    : [regexMessage("a valid percent string must be a numeric string followed by an ending '%'", percent, '1%', '93%')];
