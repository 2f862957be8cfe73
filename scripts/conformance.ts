/**
 * Runs Kubernetes' own conformance suite against a simulated cluster:
 *
 *   node scripts/conformance.ts                     all of it; writes docs/conformance.md
 *   node scripts/conformance.ts --focus 'sig-cli'   those whose names match, without those that docs/conformance.md lists
 *   node scripts/conformance.ts --only 'sig-cli'    those whose names match, all of them
 *   node scripts/conformance.ts --focus A --sample 20 --seed 7   and that many of the others, chosen by the seed
 *   node scripts/conformance.ts --results FILE      writes docs/conformance.md anew from a run's --log
 *
 * The suite is e2e.test of the simulated version; `test/real/real-kind.sh e2e` builds it. Tests that fail without a reason in
 * conformance/reasons.json, and reasons for tests that pass, are errors.
 */
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { run } from '../src/base/process.ts';
import { seededRandom } from '../src/sim/random.ts';
import { judge, markdown, reasonFor, short, type Reason } from './conformance/report.ts';
import { Suite, type SuiteTest, type TestResult } from './conformance/suite.ts';

const { values } = parseArgs({
  options: {
    binary: { type: 'string', default: join(homedir(), '.cache/kindlab-real/bin/e2e.test') },
    focus: { type: 'string' },
    only: { type: 'string' },
    sample: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    processes: { type: 'string', default: '12' },
    /** Seconds that it may take; what has not run by then is skipped. */
    limit: { type: 'string' },
    log: { type: 'string' },
    results: { type: 'string' },
  },
});
const version = 'v1.36.3';
const root = new URL('..', import.meta.url).pathname;
const page = join(root, 'docs/conformance.md');
const cancel = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => cancel.abort(new Error(name)));
const { signal } = cancel;

if (!existsSync(values.binary)) {
  console.error(`${values.binary} is not there: build it with test/real/real-kind.sh e2e, or name it with --binary`);
  process.exit(2);
}
const reasons = JSON.parse(readFileSync(new URL('conformance/reasons.json', import.meta.url), 'utf8')) as Reason[];
const suite = new Suite(values.binary);
const all = await suite.conformance(signal);
const whole = !values.focus && !values.only && values.sample === '0';
const tests = chosen();
const started = Date.now();
const results = values.results ? read(values.results) : await runOnNewCluster();
const minutes = Math.round((Date.now() - started) / 60_000);

const report = whole ? judge(all, results, reasons) : judge(ran(tests), results, []);
if (whole) {
  const side = `${values.processes} processes of the suite side by side`;
  const how = values.results
    ? `written from the log of a run of all tests (${side}).`
    : `the whole run took ${minutes} minutes on ${cpus().length} cores, ${side}.`;
  writeFileSync(page, markdown(report, { version, how }));
}
for (const complaint of report.complaints) console.log(`! ${complaint}`);
const count = (state: TestResult['state']) => results.filter((one) => one.state === state).length;
console.log(`${count('passed')} passed, ${count('failed')} failed, ${(whole ? all : tests).length - results.length} skipped`);
process.exitCode = report.complaints.length > 0 ? 1 : 0;

/** Those that had the time to. */
function ran(wanted: SuiteTest[]): SuiteTest[] {
  return wanted.filter(({ name }) => results.some((one) => one.name === name));
}

/** All that a reason does not leave out; of a part, only what is expected to pass. */
function chosen(): SuiteTest[] {
  if (whole) return all.filter(({ name }) => !reasonFor(reasons, name)?.leftOut);
  if (values.only) return all.filter(({ name }) => new RegExp(values.only!).test(name));
  const listed = new Set(
    readFileSync(page, 'utf8')
      .split('\n')
      .map((line) => /^- (.*?)(?: \*\(left out\)\*)?$/.exec(line)?.[1]),
  );
  const possible = all.filter(({ name }) => !listed.has(short(name)) && !reasonFor(reasons, name));
  const focus = values.focus ? new RegExp(values.focus) : undefined;
  const random = seededRandom(Number(values.seed));
  const others = possible.filter(({ name }) => !focus?.test(name)).map((test) => ({ test, at: random() }));
  const sample = others.toSorted((a, b) => a.at - b.at).slice(0, Number(values.sample));
  return [...possible.filter(({ name }) => focus?.test(name)), ...sample.map(({ test }) => test)];
}

/** The last result of each test: some are tried again. */
function read(file: string): TestResult[] {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const found = lines.map((line) => JSON.parse(line) as TestResult);
  return [...new Map(found.map((one) => [one.name, one])).values()];
}

async function runOnNewCluster(): Promise<TestResult[]> {
  const home = mkdtempSync(join(tmpdir(), 'kindlab-conformance-'));
  const kindlab = (...args: string[]) =>
    run(process.execPath, [join(root, 'src/main.ts'), ...args], { env: { ...process.env, XDG_STATE_HOME: home }, cwd: root });
  try {
    const made = await kindlab('cluster', 'create', 'conformance', '--workers', '3');
    if (made.exitCode !== 0) throw new Error(made.stderr);
    const kubeconfig = (await kindlab('cluster', 'kubeconfig', 'conformance')).stdout.trim();
    let done = 0;
    return await suite.run(tests, {
      kubeconfig,
      processes: Number(values.processes),
      signal,
      // A part is run to see whether something broke; a whole run tells what passes at once.
      attempts: whole || values.only ? 1 : 2,
      ...(values.limit && { limitMs: Number(values.limit) * 1000 }),
      onResult(result) {
        const first = result.message?.split('\n')[0];
        console.log(`${++done}/${tests.length} ${result.state === 'passed' ? 'PASS' : 'FAIL'} ${result.seconds}s ${result.name}`);
        if (first) console.log(`      ${first}`);
        if (values.log) appendFileSync(values.log, `${JSON.stringify(result)}\n`);
      },
    });
  } finally {
    await kindlab('cluster', 'delete', 'conformance');
    rmSync(home, { recursive: true, force: true });
  }
}
