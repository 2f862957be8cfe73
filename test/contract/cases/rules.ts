import type { Api } from '../api.ts';
import type { Group } from '../group.ts';
import { crd } from './manifests.ts';

const crdsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const established = (o: { status?: { conditions?: { type: string; status: string }[] } }) =>
  Boolean(o.status?.conditions?.some((c) => c.type === 'Established' && c.status === 'True'));

type Rule = string | Record<string, unknown>;
const rules = (...list: Rule[]) => ({ 'x-kubernetes-validations': list.map((rule) => (typeof rule === 'string' ? { rule } : rule)) });
const schema = (spec: object, root: object = {}) => ({
  schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', ...spec } }, ...root } },
});
const fields = {
  properties: {
    a: { type: 'integer' },
    s: { type: 'string', maxLength: 50 },
    n: { type: 'number' },
    b: { type: 'boolean' },
    l: { type: 'array', maxItems: 5, items: { type: 'string', maxLength: 10 } },
    m: { type: 'object', maxProperties: 5, additionalProperties: { type: 'string', maxLength: 10 } },
    o: { type: 'object', properties: { x: { type: 'string', maxLength: 10 } } },
    either: { 'x-kubernetes-int-or-string': true },
    'dash-ed': { type: 'string' },
    when: { type: 'string', format: 'date-time' },
    items: {
      type: 'array',
      maxItems: 5,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: { type: 'object', required: ['name'], properties: { name: { type: 'string', maxLength: 10 }, v: { type: 'integer' } } },
    },
  },
};

/** A definition whose rule is wrong. */
const refused =
  (...list: Rule[]) =>
  (api: Api) =>
    api.post(crdsPath, crd(api.ns, 'bads', 'Bad', schema({ ...fields, ...rules(...list) })));

let counter = 0;
/** Objects of a definition with these rules on its spec: each body is posted, or patched where one is there. */
const objects =
  (list: Rule[], specs: object[], { root = {}, more = {} }: { root?: object; more?: object } = {}) =>
  async (api: Api) => {
    const plural = `r${counter++}s`;
    const definition = crd(api.ns, plural, 'Ruled', schema({ ...fields, ...more, ...rules(...list) }, root));
    const made = await api.quietly('POST', crdsPath, { body: definition });
    if (made.status !== 201) throw new Error(made.body.message);
    const path = `${crdsPath}/${plural}.${api.ns}.example.com`;
    await api.settled(path, established);
    const at = `/apis/${api.ns}.example.com/v1/namespaces/${api.ns}/${plural}`;
    const send = async (spec: object, i: number) => {
      const body = { apiVersion: `${api.ns}.example.com/v1`, kind: 'Ruled', metadata: { name: 'r' }, spec };
      const answer =
        i === 0
          ? await api.quietly('POST', at, { body })
          : await api.quietly('PUT', `${at}/r`, { body: { ...body, metadata: { name: 'r', resourceVersion: version } } });
      version = answer.body.metadata?.resourceVersion ?? version;
      const { status, message, details } = answer.body;
      api.exchanges.push({
        request: `spec ${i}`,
        status: answer.status,
        headers: {},
        body: { message: status === 'Failure' ? message.replace(`${plural}.`, '') : 'stored', causes: details?.causes },
      });
    };
    let version = '';
    for (const [i, spec] of specs.entries()) await send(spec, i);
    await api.quietly('DELETE', `${at}/r`);
  };

/** x-kubernetes-validations: what is refused of a definition, and what of its objects. */
export const celRules: Group = {
  name: 'rules',
  cases: {
    'an undeclared variable': refused('other.a > 1'),
    'a comparison of two types': refused('self.a > "x"'),
    'a sum of two types': refused('self.s + self.a == ""'),
    'an unknown function': refused('self.s.shout() == ""'),
    'an unknown global function': refused('shout(self.s)'),
    'a wrong argument': refused('size(self.a) > 1'),
    'a field of a number': refused('self.a.b == 1'),
    'a presence that is misspelt': refused('has(self.nothing)'),
    'a negation of a number': refused('!self.a'),
    'a nested field that is none': refused('self.o.y == "1"'),
    'a rule on its second line': refused({ rule: 'self.a > 1 &&\n  self.zz > 1', message: 'm' }),
    'two lines without a message': refused('self.a > 1 &&\n  self.a < 9'),
    'a message of two lines': refused({ rule: 'self.a > 1', message: 'a\nb' }),
    'a blank message': refused({ rule: 'self.a > 1', message: ' ' }),
    'a blank message expression': refused({ rule: 'self.a > 1', messageExpression: ' ' }),
    'a message expression of a number': refused({ rule: 'self.a > 1', messageExpression: 'self.a' }),
    'a message expression that does not compile': refused({ rule: 'self.a > 1', messageExpression: 'self.zz' }),
    'an unknown reason': refused({ rule: 'self.a > 1', reason: 'Whatever' }),
    'a field path that leads nowhere': refused({ rule: 'self.a > 1', fieldPath: '.zz' }),
    'a field path without a dot': refused({ rule: 'self.a > 1', fieldPath: 'a' }),
    'optionalOldSelf without oldSelf': refused({ rule: 'self.a > 1', optionalOldSelf: true }),
    'oldSelf in a list': (api) =>
      api.post(
        crdsPath,
        crd(
          api.ns,
          'bads',
          'Bad',
          schema({
            properties: { l: { type: 'array', maxItems: 3, items: { type: 'string', maxLength: 9, ...rules('self == oldSelf') } } },
          }),
        ),
      ),
    'an empty expression': refused('self.a > (1'),
    'two rules, both wrong': refused('self.x', 'self.y'),
    'bounds between fields': objects(
      ['self.a <= 5', { rule: 'self.a > 1', message: ' too small ' }],
      [{ a: 9 }, { a: 9 }, { a: 0 }, { a: 3 }],
    ),
    'a reason for each': objects(
      [
        { rule: 'self.a != 1', reason: 'FieldValueForbidden', message: 'f' },
        { rule: 'self.a != 2', reason: 'FieldValueRequired', message: 'r' },
        { rule: 'self.a != 3', reason: 'FieldValueDuplicate', message: 'd' },
        { rule: 'self.a != 4', reason: 'FieldValueInvalid', message: 'i' },
      ],
      [{ a: 1 }, { a: 2 }, { a: 3 }, { a: 4 }],
    ),
    'a field path': objects([{ rule: '!has(self.a) || self.a > 1', fieldPath: '.a', message: 'small' }], [{ a: 1 }]),
    'a message expression': objects([{ rule: 'self.a < 3', messageExpression: '"not with " + self.s' }], [{ a: 7, s: 'x' }]),
    'a message expression that fails': objects([{ rule: 'self.a < 3', message: 'plain', messageExpression: 'self.l[7]' }], [{ a: 7 }]),
    'a transition': objects([{ rule: 'self.a >= oldSelf.a', message: 'only up' }], [{ a: 7 }, { a: 6 }, { a: 8 }]),
    'a transition that may begin': objects(
      [{ rule: 'oldSelf.hasValue() || self.a == 1', message: 'begins at 1', optionalOldSelf: true }],
      [{ a: 2 }, { a: 2 }],
    ),
    'an error at run time': objects(['self.l[0] == "x"'], [{ l: [] }, { l: ['x'] }]),
    'a field that is not there': objects(['self.a > 1'], [{}]),
    'an int or a string': objects(
      ['type(self.either) == int ? self.either > 1 : self.either.endsWith("%")'],
      [{ either: 0 }, { either: '5' }, { either: '5%' }],
    ),
    'an int or a string compared blindly': objects(['self.either > 1'], [{ either: 'x' }]),
    'all and exists': objects(
      ['self.l.all(x, x.startsWith("a"))', 'self.m.exists(k, self.m[k] == "v")'],
      [{ l: ['a', 'b'], m: { k: 'w' } }],
    ),
    'escaped names': objects(['self.dash__dash__ed == "x"'], [{ 'dash-ed': 'y' }]),
    'a time': objects(
      ['self.when > timestamp("2024-01-01T00:00:00Z")'],
      [{ when: '2023-01-01T00:00:00Z' }, { when: '2025-01-01T00:00:00Z' }],
    ),
    'a list of maps over time': objects(
      [],
      [
        {
          items: [
            { name: 'a', v: 1 },
            { name: 'b', v: 1 },
          ],
        },
        {
          items: [
            { name: 'b', v: 2 },
            { name: 'a', v: 0 },
          ],
        },
      ],
      {
        more: {
          properties: {
            items: {
              ...fields.properties.items,
              items: { ...fields.properties.items.items, ...rules({ rule: 'self.v >= oldSelf.v', message: 'up' }) },
            },
          },
        },
      },
    ),
    'a scalar rule': objects([], [{ s: 'bad' }], {
      more: { properties: { s: { type: 'string', maxLength: 9, ...rules({ rule: 'self == "good"', message: 'not good' }) } } },
    }),
    'a rule of a map value': objects([], [{ m: { k: 'bad' } }], {
      more: {
        properties: {
          m: { type: 'object', maxProperties: 3, additionalProperties: { type: 'string', maxLength: 9, ...rules('self == "good"') } },
        },
      },
    }),
    'a rule of the root': objects([], [{ a: 1 }], { root: rules({ rule: 'self.metadata.name == "other"', message: 'named otherwise' }) }),
    ratcheting: objects([], [{ s: 'x' }, { s: 'x', a: 1 }], {
      more: { properties: { a: { type: 'integer' }, s: { type: 'string', maxLength: 9, ...rules('self != ""') } } },
    }),
    'the libraries': objects(
      [
        'self.l.isSorted()',
        'self.l.indexOf("b") == 1',
        'self.s.find("[0-9]+") == "12"',
        'self.s.findAll("[a-z]").size() == 2',
        'isIP("10.0.0.1") && ip("10.0.0.1").family() == 4',
        'cidr("10.0.0.0/8").containsIP(ip("10.1.0.0"))',
        'quantity("1Gi").isGreaterThan(quantity("500Mi"))',
        'url("https://example.com:8080/x").getHost() == "example.com:8080"',
        '!format.dns1123Label().validate(self.s).hasValue()',
        'sets.contains(["a", "b", "c"], self.l)',
        'self.s.replace("a", "c") == "cb12"',
        'self.s.upperAscii() == "AB12"',
        'self.s.split("b").size() == 2',
        '"%s-%d".format([self.s, 3]) == "ab12-3"',
        'self.l.join(",") == "a,b"',
        'self.s.matches("^[a-z]+[0-9]+$")',
        'self.?a.orValue(3) == 3',
      ],
      [{ l: ['a', 'b'], s: 'ab12' }],
    ),
  },
};
