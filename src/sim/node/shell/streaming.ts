import type { ScriptNode, StatementNode } from 'just-bash';

export interface StepResult {
  stdout: string;
  /** `bytes`: each character of stdout is a byte. */
  stdoutKind?: 'text' | 'bytes';
  stderr: string;
  exitCode: number;
  env: Record<string, string>;
}

/** Runs a piece of script with this environment, in the folder that it names. */
export type Step = (script: string, env: Record<string, string>) => Promise<StepResult>;

interface Syntax {
  parse(script: string): ScriptNode;
  serialize(node: ScriptNode): string;
}

const codeVariable = '__kindlab_code';

/** The environment after a step that failed with code 1. */
export const failedStep = (env: Record<string, string>): Record<string, string> => ({ ...env, [codeVariable]: '1' });

/** What a script keeps beside variables, and what jumps out of loops, cannot be carried from one step to the next. */
const wholeOnly = /\bset [-+]|\bfunction\b|\(\)\s*\{|<<|\btrap\b|\bbreak\b|\bcontinue\b|\breturn\b|\bshift\b/;
const worthIt = /\b(while|until|for|sleep|ping|curl|wget)\b/;

/** Whether a script's output should be seen as it comes, and can be. */
export const canStream = (script: string): boolean => worthIt.test(script) && !wholeOnly.test(script);

/**
 * just-bash returns a script's output at its end. This runs a script statement by statement, loops round by round,
 * so that `while true; do curl …; sleep 1; done` speaks as it goes.
 */
export class StreamedScript {
  readonly #syntax: Syntax;
  readonly #step: Step;
  readonly #emit: (result: StepResult) => void;
  readonly #signal: AbortSignal;
  #env: Record<string, string>;
  #code = 0;
  #exited = false;

  constructor(syntax: Syntax, env: Record<string, string>, step: Step, emit: (result: StepResult) => void, signal: AbortSignal) {
    this.#syntax = syntax;
    this.#env = env;
    this.#step = step;
    this.#emit = emit;
    this.#signal = signal;
  }

  async run(script: string): Promise<{ exitCode: number; env: Record<string, string> }> {
    await this.#all(this.#syntax.parse(script).statements);
    return { exitCode: this.#code, env: this.#env };
  }

  async #all(statements: readonly StatementNode[]): Promise<void> {
    for (const statement of statements) {
      if (this.#exited || this.#signal.aborted) return;
      await this.#statement(statement);
    }
  }

  async #statement(statement: StatementNode): Promise<void> {
    const command = statement.pipelines.length === 1 && !statement.background ? statement.pipelines[0] : undefined;
    const node = command && command.commands.length === 1 && !command.negated ? command.commands[0] : undefined;
    if (!node || !('redirections' in node) || node.redirections.length > 0) return this.#whole([statement]);
    switch (node.type) {
      case 'While':
      case 'Until':
        while (!this.#exited && !this.#signal.aborted) {
          await this.#all(node.condition);
          if ((this.#code === 0) !== (node.type === 'While')) break;
          await this.#all(node.body);
        }
        if (!this.#exited) this.#code = 0;
        return;
      case 'For': {
        const print = this.#syntax.parse(`printf '%s\\n' "$${node.variable}"`).statements;
        const loop: StatementNode = { ...statement, pipelines: [{ ...command!, commands: [{ ...node, body: print }] }] };
        const { stdout } = await this.#step(this.#syntax.serialize(scriptOf([loop])), this.#env);
        for (const word of stdout.split('\n').slice(0, -1)) {
          this.#env = { ...this.#env, [node.variable]: word };
          await this.#all(node.body);
          if (this.#exited || this.#signal.aborted) return;
        }
        return;
      }
      case 'If':
        for (const clause of node.clauses) {
          await this.#all(clause.condition);
          if (this.#exited) return;
          if (this.#code === 0) return this.#all(clause.body);
        }
        this.#code = 0;
        return this.#all(node.elseBody ?? []);
      default:
        return this.#whole([statement]);
    }
  }

  /** A statement that ends the shell leaves no code variable behind. */
  async #whole(statements: StatementNode[]): Promise<void> {
    const source = this.#syntax.serialize(scriptOf(statements));
    const before = source.includes('$?') ? `(exit ${this.#code})\n` : '';
    const result = await this.#step(`${before}${source}\n${codeVariable}=$?`, this.#env);
    const { [codeVariable]: code, ...env } = result.env;
    this.#exited = code === undefined;
    this.#code = code === undefined ? result.exitCode : Number(code);
    this.#env = env;
    this.#emit(result);
  }
}

const scriptOf = (statements: StatementNode[]): ScriptNode => ({ type: 'Script', statements });
