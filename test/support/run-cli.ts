import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';

const BIN = resolve(import.meta.dirname, '../../bin/evosift.js');

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Given the process once it runs. */
  readonly started?: (child: ChildProcess) => void;
}

/** Standard error without the lines of progress, which a slow minute may bring. */
export const withoutProgress = (stderr: string): string => stderr.replace(/^(?:evolving|answering|scoring) .*\n/gm, '');

/** Runs `evosift ARGS…` as a user's shell would. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: 'pipe',
  });
  const exit = once(child, 'close');
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  options.started?.(child);
  const [code, signal] = (await exit) as [number | null, NodeJS.Signals | null];
  const [stdout, stderr] = await output;
  return { code, signal, stdout, stderr };
}
