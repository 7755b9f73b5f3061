import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { EvosiftError, messageOf } from '../base/errors.js';
import { INSTALL_SANDBOX, sandboxUnavailable } from './unavailable.js';

/** An interpreter, and what of the machine it needs beside /usr. */
export interface Python {
  /** The path that it is called by: an environment is found by it. */
  readonly executable: string;
  readonly version: string;
  /** Folders that it reads: its environment and the installation below it. */
  readonly folders: readonly string[];
  /** Links on the way to it that lie in none of them, and where they lead to. */
  readonly links: readonly (readonly [from: string, to: string])[];
}

const OLDEST = [3, 9] as const;
const DEFAULT = '/usr/bin/python3';

/** Milliseconds that an interpreter may take to say what it is. */
const PATIENCE = 30_000;

const ASK =
  'import json, sys; print(json.dumps({"version": sys.version_info[:3], "folders": [sys.prefix, sys.base_prefix]}))';

const execute = promisify(execFile);

/** Where programs are looked for. */
export const searchPath = (): readonly string[] =>
  (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder.startsWith('/'));

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * The interpreter that runs verification functions: the environment's, or the machine's own.
 *
 * @throws EvosiftError `bad_argument` for a folder that is no environment, `sandbox_unavailable` where there is no Python.
 */
export async function findPython(environment: string | undefined): Promise<Python> {
  if (environment !== undefined) return await findInEnvironment(resolve(environment));
  const faults: string[] = [];
  for (const executable of candidates()) {
    const found = await askPython(executable);
    if (typeof found !== 'string') return found;
    faults.push(found);
  }
  const fault = faults[0] ?? 'there is no python3 outside of home directories';
  throw sandboxUnavailable(fault, `Install it: ${INSTALL_SANDBOX}`);
}

async function findInEnvironment(folder: string): Promise<Python> {
  const bad = (fault: string): EvosiftError =>
    new EvosiftError('bad_argument', `\`python\` must be an environment (a venv, a conda prefix): ${fault}`, {
      option: 'python',
    });
  const executable = join(folder, 'bin', 'python3');
  if (!existsSync(folder)) throw bad(`${folder} does not exist`);
  if (!isExecutable(executable)) throw bad(`${folder} has no bin/python3`);
  const found = await askPython(executable);
  if (typeof found === 'string') throw bad(found);
  return found;
}

/** Home directories are not shown to the code under test, so an interpreter there is not one by itself. */
function candidates(): readonly string[] {
  const found = [DEFAULT, ...searchPath().map((folder) => join(folder, 'python3'))].filter(isExecutable);
  const homes = ['/root', '/home', homedir()].map((home) => `${home}/`);
  const isInHome = (path: string): boolean => homes.some((home) => path.startsWith(home));
  return [...new Set(found)].filter((path) => !isInHome(path) && !isInHome(realpathSync(path)));
}

/** An interpreter, or why it is none. */
async function askPython(executable: string): Promise<Python | string> {
  let said: { readonly version: readonly number[]; readonly folders: readonly string[] };
  try {
    const { stdout } = await execute(executable, ['-I', '-c', ASK], { timeout: PATIENCE });
    said = JSON.parse(stdout);
  } catch (error) {
    return `${executable} does not run (${messageOf(error).split('\n', 1)[0]})`;
  }
  const version = said.version.join('.');
  const [major = 0, minor = 0] = said.version;
  if (major !== OLDEST[0] || minor < OLDEST[1])
    return `${executable} is Python ${version}, older than ${OLDEST.join('.')}`;
  const installed = dirname(dirname(realpathSync(executable)));
  const named = [...said.folders, installed].flatMap((folder) => [folder, realpathSync(folder)]);
  const folders = [...new Set(named)].filter((folder) => !isWithin(folder, ['/usr']));
  if (folders.includes('/')) return `${executable} is installed in /, which can't be shown to the code under test`;
  return { executable, version, folders, links: linksTo(executable, ['/usr', ...folders]) };
}

const isWithin = (path: string, folders: readonly string[]): boolean =>
  folders.some((folder) => path === folder || path.startsWith(`${folder}/`));

function linksTo(executable: string, folders: readonly string[]): (readonly [string, string])[] {
  const links: (readonly [string, string])[] = [];
  let path = executable;
  while (lstatSync(path).isSymbolicLink()) {
    const to = resolve(dirname(path), readlinkSync(path));
    if (!isWithin(path, folders)) links.push([path, to]);
    path = to;
  }
  return links;
}
