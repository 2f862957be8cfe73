import { describe, expect, it } from 'vitest';
import { KindlabError } from '../../src/base/errors.ts';
import { listLabs, loadLab } from '../../src/lab/loader.ts';
import { demoLab, TemporaryFolder } from './fixture-lab.ts';

async function labs(changes: Record<string, string> = {}) {
  const folder = await TemporaryFolder.make();
  await folder.write({ ...demoLab, ...changes });
  return folder;
}

async function faultOf(work: Promise<unknown>): Promise<KindlabError> {
  const error = await work.then(
    () => undefined,
    (e: unknown) => e,
  );
  if (!(error instanceof KindlabError)) throw new Error(`expected a KindlabError, got ${String(error)}`);
  return error;
}

describe('a lab', () => {
  it("is loaded whole, with the cluster's name in every file", async () => {
    await using folder = await labs();
    const lab = await loadLab(`${folder.path}/labs`, 'demo', 'mine');
    expect(lab.cluster.name).toBe('mine');
    expect(lab.manifests[0]).toContain('mine-shop');
    expect(lab.steps.map((s) => [s.id, s.title, s.chapter, s.timeLimitMs])).toEqual([
      ['cordon', 'cordon it', 'One', 2000],
      ['drain', 'drain it', undefined, 2000],
      ['finish', 'finish it', undefined, 2000],
    ]);
    expect(lab.steps[0]!.instructions).toContain('mine-worker');
    expect(lab.steps[0]!.checks[0]!.object!.name).toBe('mine-worker');
    expect(lab.steps[0]!.hints[1]).toContain('mine-worker');
  });

  it('that is unknown is refused with the known ones', async () => {
    await using folder = await labs();
    for (const id of ['nope', '../labs/demo']) {
      expect(await faultOf(loadLab(`${folder.path}/labs`, id))).toMatchObject({
        code: 'no-such-lab',
        message: expect.stringContaining('known: demo'),
      });
    }
  });

  it.each([
    [
      'lab.yaml',
      'a missing field',
      'id: demo\ntitle: T\nsummary: S\nsteps: [{id: cordon}]\n',
      'labs/demo/lab.yaml:1: cluster: expected object, found nothing',
    ],
    [
      'lab.yaml',
      'a wrong value',
      'id: demo\ntitle: T\nsummary: S\ncluster:\n  name: demo\n  cni: flannel\n  workers: 1\n  kindConfig: calico\nsteps: [{id: cordon}]\n',
      'labs/demo/lab.yaml:6: cluster.cni: expected calico | cilium | netkit | none, found "flannel"',
    ],
    ['steps/drain.yaml', 'broken YAML', 'title: T\nhints: [a\nchecks: []\n', 'labs/demo/steps/drain.yaml:3: not YAML'],
    [
      'steps/drain.md',
      'a misspelt variable',
      '# Drain\n\n`kubectl drain {{clutser}}-worker`\n',
      'labs/demo/steps/drain.md:3: expected {{cluster}}, found {{clutser}}',
    ],
    [
      'steps/drain.yaml',
      'an unknown field',
      'title: T\nhints: [a]\nchecks:\n  - id: a\n    title: A\n    absent:\n      apiVersion: v1\n      kind: Pod\n      nmae: x\n',
      'labs/demo/steps/drain.yaml:9: checks[0].absent: unknown field nmae',
    ],
    [
      'steps/drain.yaml',
      'two assertions',
      'title: T\nhints: [a]\nchecks:\n  - id: a\n    title: A\n',
      'labs/demo/steps/drain.yaml:4: checks[0]: exactly one of object',
    ],
    [
      'steps/drain.yaml',
      'an expression that does not parse',
      'title: T\nhints: [a]\nchecks:\n  - id: a\n    title: A\n    object:\n      apiVersion: v1\n      kind: Pod\n      cel: "object.("\n',
      'steps/drain.yaml:9: checks[0].object.cel: not a CEL expression',
    ],
  ])('in whose %s there is %s is refused with file and line', async (file, _what, text, expected) => {
    await using folder = await labs({ [`labs/demo/${file}`]: text });
    const fault = await faultOf(loadLab(`${folder.path}/labs`, 'demo'));
    expect(fault.code).toBe('lab-invalid');
    expect(fault.message).toContain(expected);
  });

  it('without a file that it names is refused', async () => {
    await using folder = await labs({
      'labs/demo/lab.yaml': demoLab['labs/demo/lab.yaml']!.replace('manifests/app.yaml', 'manifests/gone.yaml'),
    });
    expect((await faultOf(loadLab(`${folder.path}/labs`, 'demo'))).message).toBe(
      'labs/demo/manifests/gone.yaml: missing, lab.yaml names it',
    );
  });
});

describe('the list of labs', () => {
  it('shows a broken lab with its problem, and the others all the same', async () => {
    await using folder = await labs({ 'labs/broken/lab.yaml': 'id: broken\n', 'labs/schema/lab.json': '{}' });
    const list = await listLabs(`${folder.path}/labs`);
    expect(list.map((lab) => [lab.id, lab.problem?.code])).toEqual([
      ['broken', 'lab-invalid'],
      ['demo', undefined],
    ]);
  });
});
