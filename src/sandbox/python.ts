import { execFile } from 'node:child_process';
import { existsSync, lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { EvosiftError, messageOf } from '../base/errors.js';
import { findPrograms, isExecutable } from './programs.js';
import { notInstalled } from './unavailable.js';

/** An interpreter, and what of the machine it reads beside /usr. */
export interface Python {
  /** The path that it is called by: it finds its environment by it. */
  readonly executable: string;
  readonly version: string;
  /** Its environment and the installation below that. */
  readonly folders: readonly string[];
  /** Links on the way to it that lie in none of the folders, and where they lead to. */
  readonly links: readonly (readonly [from: string, to: string])[];
}

const OLDEST = [3, 9] as const;
const DEFAULT = '/usr/bin/python3';

/** Milliseconds that an interpreter may take to say what it is. */
const PATIENCE = 30_000;

const ASK = 'import sys; print(*sys.version_info[:3], sep="."); print(sys.base_prefix); print(sys.base_exec_prefix)';

const execute = promisify(execFile);

/**
 * The interpreter that runs verification functions: the environment's, or the machine's own.
 *
 * @throws EvosiftError `bad_argument` for a folder that is no environment, `sandbox_unavailable` where there is no Python.
 */
export async function findPython(environment: string | undefined): Promise<Python> {
  if (environment !== undefined) return await findInEnvironment(resolve(environment));
  const faults: string[] = [];
  for (const executable of candidates()) {
    const found = await askPython(executable, []);
    if (typeof found !== 'string') return found;
    faults.push(found);
  }
  throw notInstalled(faults[0] ?? 'there is no python3 outside of home directories');
}

async function findInEnvironment(folder: string): Promise<Python> {
  const executable = join(folder, 'bin', 'python3');
  if (!existsSync(folder)) throw badEnvironment(`${folder} does not exist`);
  if (!isExecutable(executable)) throw badEnvironment(`${folder} has no bin/python3 that this user may run`);
  const found = await askPython(executable, [folder]);
  if (typeof found === 'string') throw badEnvironment(found);
  return found;
}

const badEnvironment = (fault: string): EvosiftError =>
  new EvosiftError('bad_argument', `\`python\` must be an environment (a venv, a conda prefix): ${fault}`, {
    option: 'python',
  });

/** Home directories are not shown to the code under test: an interpreter there is not taken unasked. */
function candidates(): readonly string[] {
  const homes = ['/root', '/home', homedir()];
  const isAtHome = (path: string): boolean => isWithin(path, homes);
  return [...new Set([DEFAULT, ...findPrograms('python3')])].filter(
    (path) => isExecutable(path) && !isAtHome(path) && !isAtHome(realpathSync(path)),
  );
}

/**
 * An interpreter, or why it is none that serves.
 *
 * @param environment Its folder, where it is an environment's: the packages in it are not to run outside of the sandbox,
 *   so it is asked without them, and then does not know of it.
 */
async function askPython(executable: string, environment: readonly string[]): Promise<Python | string> {
  let said: string;
  try {
    ({ stdout: said } = await execute(executable, ['-I', '-S', '-c', ASK], { timeout: PATIENCE }));
  } catch (error) {
    return `${executable} does not run (${messageOf(error).split('\n', 1)[0]})`;
  }
  const [version = '', ...prefixes] = said.trim().split('\n');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major !== OLDEST[0] || !(minor >= OLDEST[1])) {
    return `${executable} is Python ${version}, and ${OLDEST.join('.')} or a later one is needed`;
  }
  const installed = dirname(dirname(realpathSync(executable)));
  const named = [...environment, ...prefixes, installed].flatMap((folder) => [folder, realpathSync(folder)]);
  const folders = [...new Set(named)].filter((folder) => !isWithin(folder, ['/usr']));
  if (folders.includes('/')) return `${executable} is installed in /, which is not shown to the code under test`;
  return { executable, version, folders, links: linksTo(executable, ['/usr', ...folders]) };
}

export const isWithin = (path: string, folders: readonly string[]): boolean =>
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

const [OTHERS_ENTER, OTHERS_READ] = [0o1, 0o5];

/** True where a user without rights of its own gets to all the interpreter's folders. */
export const isReachableByOthers = ({ folders }: Python): boolean => folders.every(leadsThere);

function leadsThere(folder: string): boolean {
  const parent = dirname(folder);
  return allows(folder, OTHERS_ENTER) && (parent === folder || leadsThere(parent));
}

const allows = (folder: string, bits: number): boolean => (statSync(folder).mode & bits) === bits;

/**
 * As root the functions run as an unprivileged user, who has to be able to read the environment itself.
 *
 * @throws EvosiftError `bad_argument`
 */
export function checkOthersRead({ folders }: Python): void {
  const closed = folders.find((folder) => !allows(folder, OTHERS_READ));
  if (closed === undefined) return;
  throw badEnvironment(`${closed} is closed to the unprivileged user that functions run as; chmod o+rx ${closed}`);
}
