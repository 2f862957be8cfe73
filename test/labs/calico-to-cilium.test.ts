import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadLab } from '../../src/lab/loader.ts';
import { renderCilium } from '../../src/sim/tools/charts/cilium.ts';

const folder = fileURLToPath(new URL('../../labs/', import.meta.url));
const lab = await loadLab(folder, 'calico-to-cilium', 'mine');

describe.each(lab.steps)('$id', (step) => {
  test('has something to do: a check that is no invariant', () => {
    expect(step.checks.some((check) => !check.holds)).toBe(true);
  });

  test('has tiered hints, the last with a command to type', () => {
    expect(step.hints.length).toBeGreaterThanOrEqual(3);
    expect(step.hints.at(-1)).toMatch(/`(kubectl|helm|cilium|docker) /);
  });

  test('teaches: a heading, a command in a block', () => {
    expect(step.instructions).toMatch(/^# /);
    expect(step.instructions).toMatch(/^```/m);
  });

  test('watches the shop', () => {
    const watched = step.checks.some((check) => check.holds && (check.traffic ?? check.connect));
    expect(watched).toBe(true);
  });

  test('has a solution of commands that a learner would type', async () => {
    const script = await readFile(step.solution, 'utf8');
    const programs = [...script.matchAll(/\$`(\S+)/g)].map((match) => match[1]!);
    expect(programs.length).toBeGreaterThan(0);
    expect(programs.filter((program) => !['kubectl', 'helm', 'cilium', 'docker'].includes(program))).toEqual([]);
  });

  test('speaks of this cluster by its own name', () => {
    expect(JSON.stringify(step)).not.toMatch(/\{\{|\bmig-(worker|control-plane)/);
  });
});

test('the values of the instructions, of the solution and of the checks are the same', async () => {
  const step = lab.steps.find(({ id }) => id === '03-install-cilium')!;
  const written = parse(/```yaml\n([^`]+)```/.exec(step.instructions)![1]!);
  const script = await readFile(step.solution, 'utf8');
  expect(parse(/`(operator:[^`]+)`/.exec(script)![1]!)).toEqual(written);
  const config = renderCilium(written, { namespace: 'kube-system' }).find(({ metadata }) => metadata?.name === 'cilium-config')!;
  const wanted = step.checks.flatMap((check) => (check.object?.name === 'cilium-config' ? [check.object.match!['data']] : []));
  for (const data of wanted) expect(config['data']).toMatchObject(data as Record<string, string>);
  expect(wanted).toHaveLength(6);
});
