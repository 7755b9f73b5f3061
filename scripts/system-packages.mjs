// What the addon's build and the tests need from the system, and how to get it with apt-get.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Failure } from './failure.mjs';

const isOnPath = (name) =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

const HEADERS = [
  { what: 'oneDNN headers (dnnl.hpp)', header: 'dnnl.hpp', apt: 'libdnnl-dev' },
  { what: 'nlohmann JSON headers', header: 'nlohmann/json.hpp', apt: 'nlohmann-json3-dev' },
];

/** The C++ compiler that CMake will take. */
export const compiler = () => process.env.CXX ?? ['g++', 'clang++'].find(isOnPath);

/** Headers that the compiler does not find; null where it does not compile C++17 at all. */
function missingHeaders(cxx) {
  const source = HEADERS.map(({ header, apt }) => `#if !__has_include(<${header}>)\nmissing ${apt}\n#endif\n`).join('');
  const prefixes = (process.env.CMAKE_PREFIX_PATH ?? '').split(/[:;]/).filter(Boolean);
  const flags = ['-std=c++17', ...prefixes.map((prefix) => `-I${join(prefix, 'include')}`), '-E', '-x', 'c++', '-'];
  const { status, stdout } = spawnSync(cxx, flags, { input: `#include <optional>\n${source}`, encoding: 'utf8' });
  if (status !== 0) return null;
  return HEADERS.filter(({ apt }) => stdout.includes(`missing ${apt}`));
}

/** What is missing to build the addon: each with the Debian package that has it. */
export function missingBuildTools() {
  const missing = [];
  const cxx = compiler();
  const headers = cxx === undefined ? null : missingHeaders(cxx);
  if (headers === null) missing.push({ what: 'a C++17 compiler', apt: 'g++' });
  if (!isOnPath('cmake')) missing.push({ what: 'CMake', apt: 'cmake' });
  if (!isOnPath('make') && !isOnPath('ninja')) missing.push({ what: 'make', apt: 'make' });
  return [...missing, ...(headers ?? HEADERS).map(({ what, apt }) => ({ what, apt }))];
}

/** One outside of home directories: the sandbox shows those to nobody. */
const hasSystemPython = () =>
  spawnSync('/usr/bin/python3', ['-c', 'import ctypes, venv'], { stdio: 'ignore' }).status === 0;

const hasVenv = () => spawnSync('python3', ['-c', 'import ensurepip, venv'], { stdio: 'ignore' }).status === 0;

/** What is missing for the tests beside the build's tools; `python` where they need packages of Python's index. */
export function missingTestTools({ python }) {
  const missing = [];
  const cxx = compiler();
  // Without a compiler there is nothing to ask: Debian's g++ brings the sanitizers' runtimes.
  const runtime = cxx && spawnSync(cxx, ['-print-file-name=libasan.so'], { encoding: 'utf8' }).stdout.trim();
  if (runtime && !existsSync(runtime)) missing.push({ what: "the sanitizers' runtimes", apt: 'libasan8' });
  if (cxx && !isOnPath('readelf')) missing.push({ what: 'readelf', apt: 'binutils' });
  if (!isOnPath('bwrap')) missing.push({ what: 'bubblewrap (bwrap)', apt: 'bubblewrap' });
  if (!hasSystemPython()) missing.push({ what: 'Python 3 of the system (/usr/bin/python3)', apt: 'python3' });
  if (!isOnPath('zstd')) missing.push({ what: 'zstd', apt: 'zstd' });
  if (python && !hasVenv()) missing.push({ what: 'Python 3 with venv', apt: 'python3-venv' });
  return missing;
}

/** The command with which a user installs Debian packages. */
export const aptCommand = (packages) =>
  `${process.getuid?.() === 0 ? '' : 'sudo '}apt-get install -y ${packages.join(' ')}`;

const canSudo = () => isOnPath('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0;

/**
 * Installs Debian packages where this user may without being asked.
 * @returns {{ installed: boolean, output: string }} `output` is apt-get's where it failed, else empty
 */
export function installPackages(packages) {
  const isRoot = process.getuid?.() === 0;
  if (!isOnPath('apt-get') || !(isRoot || canSudo())) return { installed: false, output: '' };
  const apt = (...args) => {
    const options = [
      '-y',
      '-qq',
      '--no-install-recommends',
      '-o',
      'Acquire::Retries=3',
      '-o',
      'DPkg::Lock::Timeout=300',
    ];
    const command = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...options, ...args];
    if (!isRoot) command.unshift('sudo', '-n');
    return spawnSync(command[0], command.slice(1), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  };
  let result = apt('install', ...packages);
  if (result.status !== 0) {
    // New machines have no package lists yet, old ones stale lists.
    apt('update');
    result = apt('install', ...packages);
  }
  return {
    installed: result.status === 0,
    output: result.status === 0 ? '' : `${result.stdout}${result.stderr}`.trim(),
  };
}

/**
 * Sees that what `missing` finds is there; installs it where it may.
 * @param {() => { what: string, apt: string }[]} missing @param {string} purpose for the error: "build the native addon"
 * @param {(line: string) => void} report
 */
export function ensureInstalled(missing, purpose, report) {
  const found = missing();
  if (found.length === 0) return;
  const packages = found.map(({ apt }) => apt);
  report(`installing ${packages.join(', ')} with apt-get`);
  const { installed, output } = installPackages(packages);
  if (installed && missing().length === 0) return;
  throw new Failure(
    `${output === '' ? '' : `${output}\n`}To ${purpose} this machine lacks ${found.map(({ what }) => what).join(', ')}.\n` +
      `Install it with: ${aptCommand(packages)}`,
  );
}

/** Sees that compiler, CMake and libraries are there; installs them where it may. */
export const ensureBuildTools = (report) => ensureInstalled(missingBuildTools, 'build the native addon', report);
