// What tests need of a package index is made once, in the user's cache.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { Failure } from './failure.mjs';
import { withLock } from './lock.mjs';

/** EVOSIFT_TEST_CACHE, or a folder of the user's cache. */
export const TEST_CACHE =
  process.env.EVOSIFT_TEST_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'evosift', 'test');

/** @returns {Promise<void>} rejects with a Failure that holds the end of the program's output */
export function runQuietly(program, args, cwd) {
  return new Promise((settle, fail) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.once('error', (error) => fail(new Failure(`${program}: ${error.message}`)));
    child.once('close', (code) => {
      if (code === 0) settle();
      else fail(new Failure(output.trim().split('\n').slice(-3).join('\n') || `${program} ended with ${code}`));
    });
  });
}

/**
 * Packages of the Python package index, in an environment of their own.
 * @param {string} work where to make it
 * @param {string} requirements a requirements file that names all packages with their hashes
 * @returns {Promise<{ python: string, folder: string }>} its Python, and the folder that the packages are in
 */
export async function pythonPackages(work, requirements) {
  const venv = join(work, 'venv');
  await runQuietly('python3', ['-m', 'venv', venv]);
  const python = join(venv, 'bin', 'python');
  const exactly = ['--no-deps', '--require-hashes', '--only-binary', ':all:', '--no-cache-dir'];
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...exactly];
  await runQuietly(python, [...pip, '-r', requirements]);
  const [version = ''] = readdirSync(join(venv, 'lib'));
  return { python, folder: join(venv, 'lib', version, 'site-packages') };
}

/**
 * Sees that a folder of the cache is there, which then is whole. Two that ask for it at once make it once.
 * @param {string} folder @param {string} what @param {(line: string) => void} report
 * is told each step, and why there is no such folder: tests that need it are then skipped by name, or under CI fail
 * @param {(work: string) => Promise<string>} make gives the folder that it made in `work`, which is removed afterwards
 */
export async function makeOnce(folder, what, report, make) {
  if (existsSync(folder)) return;
  report(`making ${what}, once (${folder})`);
  mkdirSync(dirname(folder), { recursive: true });
  const wait = () => report(`waiting for another process that makes ${what}`);
  await withLock(`${folder}.lock`, wait, async () => {
    if (existsSync(folder)) return;
    const work = mkdtempSync(`${folder}.`);
    try {
      renameSync(await make(work), folder);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      report(`${error.message}\nThere is no ${what}: tests that need it are skipped, and under CI fail.`);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
}
