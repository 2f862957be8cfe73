import { describe, expect, it } from 'vitest';
import { newServer, podsPath, pod, maps } from './harness.ts';

const namespace = '/api/v1/namespaces/default';
const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';

describe('quotas', () => {
  it('count what is stored, so that a deletion makes room at once', async () => {
    const { send } = newServer();
    await send('POST', `${namespace}/resourcequotas`, { metadata: { name: 'q' }, spec: { hard: { 'count/configmaps': '1' } } });
    expect((await send('POST', maps, { metadata: { name: 'a' } })).status).toBe(201);
    const refused = await send('POST', maps, { metadata: { name: 'b' } });
    expect(refused.body.message).toBe(
      'configmaps "b" is forbidden: exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=1, limited: count/configmaps=1',
    );
    await send('DELETE', `${maps}/a`);
    expect((await send('POST', maps, { metadata: { name: 'b' } })).status).toBe(201);
  });

  it("hold for the cluster's own controllers", async () => {
    const { send, api, core } = newServer();
    await send('POST', `${namespace}/resourcequotas`, { metadata: { name: 'q' }, spec: { hard: { pods: '0' } } });
    const pods = core.catalog.byKind('v1', 'Pod')!;
    expect(() => api.create(pods, { ...pod('p'), metadata: { name: 'p', namespace: 'default' } })).toThrow('exceeded quota');
  });
});

it('a limit range fills in, then refuses', async () => {
  const { send } = newServer();
  const limits = [{ type: 'Container', default: { cpu: '500m' }, max: { cpu: '1' } }];
  await send('POST', `${namespace}/limitranges`, { metadata: { name: 'l' }, spec: { limits } });
  const filled = await send('POST', podsPath, pod('p'));
  expect(filled.body.spec.containers[0].resources).toEqual({ limits: { cpu: '500m' }, requests: { cpu: '500m' } });
  const large = pod('q', { containers: [{ name: 'c', image: 'nginx', resources: { limits: { cpu: '2' } } }] });
  expect((await send('POST', podsPath, large)).body.message).toContain('maximum cpu usage per Container is 1, but limit is 2');
});

describe('validating admission policies', () => {
  const made = async (spec: object, binding: object = {}) => {
    const server = newServer();
    const rules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] }];
    const policy = await server.send('POST', policies, {
      metadata: { name: 'p' },
      spec: { matchConstraints: { resourceRules: rules }, ...spec },
    });
    expect(policy.body.message).toBeUndefined();
    await server.send('POST', `${policies.slice(0, -'ies'.length)}ybindings`, {
      metadata: { name: 'b' },
      spec: { policyName: 'p', validationActions: ['Deny'], ...binding },
    });
    return server;
  };

  it('refuse with their own message', async () => {
    const { send } = await made({
      validations: [{ expression: "has(object.data) && object.data.a == 'b'", messageExpression: "'not ' + object.metadata.name" }],
    });
    const refused = await send('POST', maps, { metadata: { name: 'm' } });
    expect(refused.body).toMatchObject({
      code: 422,
      message: `configmaps "m" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: not m`,
    });
    expect((await send('POST', maps, { metadata: { name: 'm' }, data: { a: 'b' } })).status).toBe(201);
  });

  it('with a parameter refuse until it is there', async () => {
    const { send } = await made(
      {
        paramKind: { apiVersion: 'v1', kind: 'Secret' },
        validations: [{ expression: 'params.metadata.name == object.metadata.name' }],
      },
      { paramRef: { name: 'm', parameterNotFoundAction: 'Deny' } },
    );
    expect((await send('POST', maps, { metadata: { name: 'm' } })).body.message).toContain('no params found');
    await send('POST', `${namespace}/secrets`, { metadata: { name: 'm' } });
    expect((await send('POST', maps, { metadata: { name: 'm' } })).status).toBe(201);
    expect((await send('POST', maps, { metadata: { name: 'n' } })).body.message).toContain('failed expression');
  });

  it('are not evaluated without a binding', async () => {
    const { send } = await made({ validations: [{ expression: 'false' }] }, { policyName: 'other' });
    expect((await send('POST', maps, { metadata: { name: 'm' } })).status).toBe(201);
  });

  it('ask the authorizer about who writes', async () => {
    const { send } = await made({
      validations: [
        {
          expression: "!authorizer.group('').resource('secrets').namespace('default').check('get').allowed()",
          message: 'you may read secrets',
        },
      ],
    });
    expect((await send('POST', maps, { metadata: { name: 'm' } })).body.message).toContain('you may read secrets');
  });
});

it("a namespace's label keeps privileged pods out", async () => {
  const { send, patch } = newServer();
  await patch(namespace, { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } } });
  const privileged = pod('p', { containers: [{ name: 'c', image: 'nginx', securityContext: { privileged: true } }] });
  expect((await send('POST', podsPath, privileged)).body.message).toBe(
    'pods "p" is forbidden: violates PodSecurity "baseline:latest": privileged (container "c" must not set securityContext.privileged=true)',
  );
  expect((await send('POST', podsPath, pod('q'))).status).toBe(201);
});
