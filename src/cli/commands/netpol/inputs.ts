import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { KindlabError, messageOf } from '../../../base/errors.ts';
import type { Cluster, Engine } from '../../../netpol/model/cluster.ts';
import type { PolicySet } from '../../../netpol/model/policies.ts';
import { readCluster } from '../../../netpol/read/cluster.ts';
import { describeProblem } from '../../../netpol/read/problem.ts';
import { readPolicies, type Source } from '../../../netpol/read/read.ts';
import type { CliContext } from '../../context.ts';

/** Options of every command that asks for verdicts. */
export interface NetpolOptions {
  cluster: string;
  policies: string[];
  engine?: Engine;
  settings?: string;
  json?: boolean;
  html?: string;
}

const unreadable = (path: string, error: unknown) =>
  new KindlabError({
    code: 'unreadable',
    message: `cannot read ${path}: ${messageOf(error)}`,
    fix: 'a file, a folder of YAML files, or - for stdin',
    cause: error,
  });

/** A named file's text. Throws KindlabError `unreadable`. */
export async function readText(cli: CliContext, path: string): Promise<string> {
  try {
    return await readFile(resolve(cli.cwd, path), { encoding: 'utf8', signal: cli.signal });
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function filesAt(cli: CliContext, path: string): Promise<string[]> {
  const full = resolve(cli.cwd, path);
  const found = await stat(full).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  if (!found.isDirectory()) return [path];
  const names = await readdir(full, { recursive: true });
  return names
    .filter((name) => /\.(ya?ml|json)$/.test(name))
    .sort()
    .map((name) => join(path, name));
}

/** The texts of files, of every YAML file in folders, and of stdin for `-`. */
export async function sourcesAt(cli: CliContext, paths: readonly string[]): Promise<Source[]> {
  const sources: Source[] = [];
  for (const path of paths) {
    if (path === '-') sources.push({ file: 'stdin', text: await text(cli.stdin) });
    else for (const file of await filesAt(cli, path)) sources.push({ file, text: await readText(cli, file) });
  }
  return sources;
}

/** Policies, and whether all of them were read: a verdict over a part of them is none to rely on. */
export interface PoliciesRead {
  policies: PolicySet;
  complete: boolean;
}

/** Reads policies; what could not be read is told on stderr, and the rest is used. */
export async function policiesAt(cli: CliContext, paths: readonly string[]): Promise<PoliciesRead> {
  const { policies, problems } = readPolicies(await sourcesAt(cli, paths));
  for (const problem of problems) cli.stderr.write(`kindlab: left out: ${describeProblem(problem)}\n`);
  return { policies, complete: problems.length === 0 };
}

/** The described cluster, with one CNI on every node where an engine is named. */
export async function clusterAt(cli: CliContext, path: string, engine?: Engine): Promise<Cluster> {
  const cluster = readCluster(path, await readText(cli, path));
  if (engine === undefined) return cluster;
  const nodes = [...cluster.nodes.values()].map((node) => [node.name, { ...node, cni: engine }] as const);
  return { ...cluster, nodes: new Map(nodes) };
}
