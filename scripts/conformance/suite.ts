import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { run } from '../../src/base/process.ts';
import { startGinkgoServer } from './ginkgo-server.ts';

/** A test of Kubernetes' own suite. */
export interface SuiteTest {
  name: string;
  /** `api-machinery`. */
  sig: string;
}

export interface TestResult {
  name: string;
  state: 'passed' | 'failed';
  seconds: number;
  /** What failed. */
  message?: string;
}

export interface RunOptions {
  kubeconfig: string;
  /** Processes of the suite, side by side. */
  processes: number;
  /** How often a test may be tried until it passes. */
  attempts: number;
  onResult: (result: TestResult) => void;
  /** After this time it is ended, and what has not run has no result. */
  limitMs?: number;
  signal: AbortSignal;
}

const spec = z.object({
  ContainerHierarchyTexts: z.array(z.string()).nullable(),
  LeafNodeType: z.string(),
  LeafNodeText: z.string(),
  State: z.string(),
  RunTime: z.number(),
  Failure: z.object({ Message: z.string() }).optional(),
});
type Spec = z.infer<typeof spec>;
const reports = z.array(z.object({ SpecReports: z.array(spec).nullable() }));

const nameOf = ({ ContainerHierarchyTexts, LeafNodeText }: Spec): string => [...(ContainerHierarchyTexts ?? []), LeafNodeText].join(' ');
/** Came to an end of its own: not passed over, and not ended by the time limit. */
const ran = ({ LeafNodeType, State }: Spec): boolean =>
  LeafNodeType === 'It' && !['skipped', 'pending', 'interrupted', 'aborted'].includes(State);
const quoted = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);

function resultOf(found: Spec): TestResult {
  const name = nameOf(found);
  const seconds = Math.round(found.RunTime / 1e9);
  return found.State === 'passed'
    ? { name, state: 'passed', seconds }
    : { name, state: 'failed', seconds, message: found.Failure?.Message ?? found.State };
}

/** `e2e.test`, Kubernetes' suite as one program. */
export class Suite {
  readonly #binary: string;

  constructor(binary: string) {
    this.#binary = binary;
  }

  /** All tests marked [Conformance]. */
  async conformance(signal: AbortSignal): Promise<SuiteTest[]> {
    const folder = mkdtempSync(join(tmpdir(), 'kindlab-e2e-'));
    try {
      const file = join(folder, 'list.json');
      await this.#start([String.raw`--ginkgo.focus=\[Conformance\]`, '--ginkgo.dry-run', `--ginkgo.json-report=${file}`], folder, signal);
      const specs = reports.parse(JSON.parse(readFileSync(file, 'utf8'))).flatMap(({ SpecReports }) => SpecReports ?? []);
      const names = specs.filter(ran).map(nameOf);
      return names.toSorted().map((name) => ({ name, sig: /^\[sig-([\w-]+)\]/.exec(name)?.[1] ?? 'none' }));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** Runs these tests; those marked [Serial] one by one when the others are done. A test that left no report has failed. */
  async run(
    tests: readonly SuiteTest[],
    { kubeconfig, processes, attempts, onResult, limitMs, signal }: RunOptions,
  ): Promise<TestResult[]> {
    const results = new Map<string, TestResult>();
    const take = (result: TestResult): void => {
      results.set(result.name, result);
      onResult(result);
    };
    await using server = await startGinkgoServer(processes, (report) => {
      const found = spec.parse(report);
      if (ran(found)) take(resultOf(found));
    });
    const folder = mkdtempSync(join(tmpdir(), 'kindlab-e2e-'));
    // Matched against the suite's own description and the test's name behind it.
    const focus = `--ginkgo.focus= (?:${tests.map(({ name }) => quoted(name)).join('|')})$`;
    const options = [
      '--kubeconfig',
      kubeconfig,
      '--provider=local',
      '--allowed-not-ready-nodes=-1',
      '--dump-logs-on-failure=false',
      `--ginkgo.flake-attempts=${attempts}`,
    ];
    // All processes shuffle alike, or they would deal some tests out twice and others never.
    const parallel = [
      `--ginkgo.parallel.total=${processes}`,
      `--ginkgo.parallel.host=${server.address}`,
      '--ginkgo.timeout=3h',
      '--ginkgo.seed=1',
    ];
    const limit = limitMs === undefined ? undefined : AbortSignal.timeout(limitMs);
    const ends = limit ? AbortSignal.any([limit, signal]) : signal;
    let output = '';
    try {
      const one = async (process: number): Promise<void> => {
        try {
          output += await this.#start([focus, ...options, ...parallel, `--ginkgo.parallel.process=${process}`], folder, ends);
        } catch (error) {
          if (!limit?.aborted) throw error;
        } finally {
          server.ended(process);
        }
      };
      await Promise.all(Array.from({ length: processes }, (_, i) => one(i + 1)));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    for (const { name } of limit?.aborted ? [] : tests)
      if (!results.has(name)) take({ name, state: 'failed', seconds: 0, message: `no report: ${output.trim().slice(-300)}` });
    return [...results.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  async #start(args: readonly string[], cwd: string, signal: AbortSignal): Promise<string> {
    // It calls kubectl, which the same tool builds.
    const env = { ...process.env, PATH: `${dirname(this.#binary)}:${process.env['PATH']}`, GINKGO_PARALLEL_PROTOCOL: 'HTTP' };
    const { stdout, stderr } = await run(this.#binary, ['--ginkgo.no-color', ...args], { cwd, env, signal });
    return stdout + stderr;
  }
}
