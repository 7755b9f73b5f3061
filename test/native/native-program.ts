import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(import.meta.dirname, '../..');
const BUILD = join(ROOT, 'build', 'sanitized');

/** For the hook that builds: everything from nothing, on a busy machine. */
export const BUILD_TIMEOUT_MS = 30 * 60_000;

const runFile = promisify(execFile);

/**
 * Builds a program of native/test under AddressSanitizer and UBSan; returns its path. Test files share the build folder,
 * one at a time. The compiler's output is in the error of a build that fails.
 */
export async function buildNativeProgram(target: string): Promise<string> {
  await buildSanitized(target);
  return join(BUILD, 'native', 'test', target);
}

/** One of the programs that native/bench has, under the same sanitizers; returns its path. */
export async function buildBenchProgram(target: 'kernel-bench' | 'score-bench'): Promise<string> {
  await buildSanitized(target);
  return join(BUILD, target);
}

/** The addon under the same sanitizers; a process that loads it needs `sanitizedProcess()`. */
export async function buildSanitizedAddon(): Promise<string> {
  await buildSanitized('evosift');
  return join(BUILD, 'evosift.node');
}

/** The environment of a Node that loads the sanitized addon: V8 keeps what LeakSanitizer would call lost. */
export async function sanitizedProcess(): Promise<Record<string, string>> {
  const libraries = ['libasan.so', 'libubsan.so'].map(async (name) => {
    const { stdout } = await runFile('gcc', [`-print-file-name=${name}`]);
    return stdout.trim();
  });
  return { LD_PRELOAD: (await Promise.all(libraries)).join(':'), ASAN_OPTIONS: 'detect_leaks=0' };
}

async function buildSanitized(target: string): Promise<void> {
  mkdirSync(BUILD, { recursive: true });
  const cmake = (...args: string[]) =>
    runFile('flock', [join(BUILD, '.lock'), 'cmake', ...args], { maxBuffer: 2 ** 26 });
  // Sanitizers at -O3 cost minutes of compiling; the kernels ask for it themselves.
  const type = ['-DCMAKE_BUILD_TYPE=RelWithDebInfo', '-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O1 -g1'];
  const parts = ['TESTS', 'BENCH', 'ADDON', 'SANITIZE'].map((part) => `-DEVOSIFT_${part}=ON`);
  await cmake('-S', ROOT, '-B', BUILD, ...parts, ...type);
  await cmake('--build', BUILD, '--target', target, '--parallel', '2');
}

/** What a program wrote (both streams, in order of arrival) and its exit code; a signal is code -1. */
export function runNativeProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number; output: string }> {
  return new Promise((settle, reject) => {
    const child = execFile(program, args, { maxBuffer: 2 ** 26, env: { ...process.env, ...env } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text: string) => (output += text));
    child.on('error', reject).on('close', (code) => settle({ code: code ?? -1, output }));
  });
}
