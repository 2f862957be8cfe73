import { describe, expect, it } from 'vitest';
import { compile } from '../../../../src/sim/api/cel/compile.ts';
import { kubernetesEnvironment } from '../../../../src/sim/api/cel/environment.ts';
import { compileStructural } from '../../../../src/sim/api/schema/schema.ts';
import { validateCustomResource } from '../../../../src/sim/api/validation/structural.ts';

const evaluate = (expression: string): unknown => {
  const compiled = compile(kubernetesEnvironment(), expression);
  return 'program' in compiled ? compiled.program.run({}) : compiled.problem;
};

describe('the libraries that Kubernetes adds to CEL', () => {
  it.each([
    ['[1, 2].isSorted()', true],
    ['[3, 1].min()', 1n],
    ['[1, 2].sum()', 3n],
    ["['a', 'b', 'a'].lastIndexOf('a')", 2n],
    ["'abc1'.find('[0-9]')", '1'],
    ["'a1b2'.findAll('[0-9]', 1).size()", 1n],
    ["'%s has %d of %.2f'.format(['a', 2, 1.5])", 'a has 2 of 1.50'],
    ["'aaa'.replace('a', 'b', 2)", 'bba'],
    ["ip('::1').isLoopback()", true],
    ["ip('fe80::1').isLinkLocalUnicast()", true],
    ["isIP('10.0.0.256')", false],
    ["cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8')", true],
    ["cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16')", true],
    ["cidr('10.1.0.0/16').containsCIDR('10.0.0.0/8')", false],
    ["string(cidr('2001:db8:1::/33').masked())", '2001:db8::/33'],
    ["quantity('1500m').add(quantity('500m')).asInteger()", 2n],
    ["quantity('1Gi').compareTo(quantity('1000Mi'))", 1n],
    ["url('https://a.example:80/b?c=1&c=2').getQuery()['c'].size()", 2n],
    ["url('/only/a/path').getHost()", ''],
    ["format.named('dns1123Label').value().validate('A').hasValue()", true],
    ['sets.equivalent([1, 2], [2, 1, 1])', true],
    ["strings.quote('a\"b')", '"a\\"b"'],
  ])('%s', (expression, value) => expect(evaluate(expression)).toEqual(value));
});

describe('what does not compile is told with its place', () => {
  it.each([
    ["'a' > 1", "ERROR: <input>:1:5: found no matching overload for '_>_' applied to '(string, int)'\n | 'a' > 1\n | ....^"],
    ['x == 1', "ERROR: <input>:1:1: undeclared reference to 'x' (in container '')\n | x == 1\n | ^"],
    ['size(1)', "ERROR: <input>:1:5: found no matching overload for 'size' applied to '(int)'\n | size(1)\n | ....^"],
  ])('%s', (expression, problem) => expect(evaluate(expression)).toBe(problem));
});

describe('rules of a schema', () => {
  const schema = compileStructural({
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: { a: { type: 'integer' } },
        'x-kubernetes-validations': [{ rule: 'self.a >= oldSelf.a', message: 'only up' }, { rule: 'self.a < 10' }],
      },
    },
  });
  const object = (a: number) => ({ apiVersion: 'e.com/v1', kind: 'X', metadata: { name: 'x' }, spec: { a } }) as never;

  it('a transition rule is not asked at creation', () => expect(validateCustomResource(schema, object(1))).toEqual([]));
  it('and is at an update', () =>
    expect(validateCustomResource(schema, object(1), object(2))).toEqual([
      { reason: 'FieldValueInvalid', message: 'Invalid value: only up', field: 'spec' },
    ]));
  it('a rule without a message is told itself', () =>
    expect(validateCustomResource(schema, object(11))[0]?.message).toBe('Invalid value: failed rule: self.a < 10'));
  it('what was wrong before and has not changed may stay', () =>
    expect(validateCustomResource(schema, object(11), object(11))).toEqual([]));
});
