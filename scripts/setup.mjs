// Everything between a fresh clone and a working program: npm packages, TypeScript, the native addon. Does only what
// its inputs call for; says each step and how long it took, on standard error.
//
// usage: setup.mjs [--tests | --endurance]
//   --tests      also what the tests need: the system's packages, the real model and encoder, and chat templates
//   --endurance  also what the long ones need: the versions of Node
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CHAT_TEMPLATES, fetchChatTemplates } from './chat-templates.mjs';
import { Failure } from './failure.mjs';
import { withLock } from './lock.mjs';
import { makeRealEncoder, REAL_ENCODER } from './real-encoder.mjs';
import { makeRealModel, REAL_MODEL } from './real-model.mjs';
import { stampOf } from './stamp.mjs';
import { ensureBuildTools, ensureInstalled, missingBuildTools, missingTestTools } from './system-packages.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const path = (...parts) => join(ROOT, ...parts);
const say = (line) => process.stderr.write(`setup: ${line}\n`);

function checkNode() {
  const { engines } = JSON.parse(readFileSync(path('package.json'), 'utf8'));
  const wanted = engines.node.replace('>=', '').split('.').map(Number);
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < wanted[0] || (major === wanted[0] && minor < wanted[1]))
    throw new Failure(`Node ${engines.node} is needed, and this is ${process.versions.node} (${process.execPath})`);
}

/** `npm ci` empties the folder that a link leads to, which somebody else may use. */
function checkNodeModules() {
  const folder = path('node_modules');
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink())
    throw new Failure(`${folder} is a link, and what it leads to would be emptied; remove the link (rm ${folder})`);
}

/** True where node_modules holds just what package-lock.json says, but for optional packages of other platforms. */
function packagesMatchLock() {
  let installed;
  try {
    installed = JSON.parse(readFileSync(path('node_modules', '.package-lock.json'), 'utf8')).packages;
  } catch {
    return false;
  }
  const { '': _root, ...locked } = JSON.parse(readFileSync(path('package-lock.json'), 'utf8')).packages;
  const isSame = (name) => installed[name]?.version === locked[name]?.version;
  return (
    Object.keys(installed).every(isSame) &&
    Object.entries(locked).every(([name, { optional }]) => isSame(name) || (optional && !(name in installed))) &&
    Object.keys(installed).every((name) => existsSync(path(name)))
  );
}

function run(command, args, options = {}) {
  const result = spawnSync(command, args, {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  });
  if (result.error) throw new Failure(`${command}: ${result.error.message}`);
  if (result.status !== 0) throw new Failure(`${result.stdout}${result.stderr}`.trim());
}

/** Removes what an earlier compilation wrote for sources that are gone. */
function pruneDist(folder = '') {
  for (const entry of readdirSync(path('dist', folder), { withFileTypes: true })) {
    const inside = join(folder, entry.name);
    const source = path('src', inside.replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts'));
    if (entry.isDirectory() && existsSync(path('src', inside))) pruneDist(inside);
    else if (entry.isDirectory() || !existsSync(source)) rmSync(path('dist', inside), { recursive: true });
  }
}

const typescript = {
  name: 'TypeScript',
  output: path('dist', 'index.js'),
  stamp: () =>
    stampOf(ROOT, path('build', 'typescript.stamp'), {
      files: ['src', 'tsconfig.json', 'node_modules/typescript/package.json'],
    }),
  build() {
    run(process.execPath, [path('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.json']);
    pruneDist();
  },
};

const sayOfAddon = (line) => say(`native addon: ${line}`);

const addon = {
  name: 'native addon',
  output: path('build', 'Release', 'evosift.node'),
  stamp: () => {
    const dependencies = ['cmake-js', 'node-addon-api', 'node-api-headers'];
    const onednn = ['/usr/include/dnnl_version.h', '/usr/include/oneapi/dnnl/dnnl_version.h'];
    const versions = onednn.map((file) => `${file} ${statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 'none'}`);
    return stampOf(ROOT, path('build', 'addon.stamp'), {
      files: ['CMakeLists.txt', 'cmake', 'native', ...dependencies.map((name) => `node_modules/${name}/package.json`)],
      settings: [process.env.CXX ?? '', process.env.CUDACXX ?? '', process.env.CMAKE_PREFIX_PATH ?? '', ...versions],
    });
  },
  // Before the stamp is taken: oneDNN's headers are among the inputs.
  prepare() {
    ensureBuildTools(sayOfAddon);
  },
  async build() {
    const { buildAddon } = await import('./build-addon.mjs');
    await buildAddon({ report: sayOfAddon });
  },
};

/** One sentence where the native engine cannot run on this machine; known once the TypeScript is built. */
async function unsupportedPlatform() {
  return (await import('../dist/machine/platform.js')).unsupportedPlatform();
}

async function timed(name, work) {
  say(`${name} …`);
  const start = performance.now();
  await work();
  say(`${name}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

const isCurrent = ({ output, stamp }) => existsSync(output) && stamp().isCurrent();

async function bringUpToDate(step) {
  if (isCurrent(step)) return;
  await timed(step.name, async () => {
    step.prepare?.();
    const stamp = step.stamp();
    await step.build();
    stamp.renew();
  });
}

const sayOfTests = (line) => say(`tests: ${line}`);

const hasTestCache = () => [REAL_MODEL, REAL_ENCODER, CHAT_TEMPLATES].every((folder) => existsSync(folder));
const missingForTests = () => missingTestTools({ python: !hasTestCache() });

async function setUp({ tests, endurance }) {
  if (!packagesMatchLock())
    await timed('npm packages', () => run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']));
  await bringUpToDate(typescript);
  const unsupported = await unsupportedPlatform();
  if (unsupported !== null) return say(`native addon: not built. ${unsupported}`);
  if (tests) ensureInstalled(() => [...missingBuildTools(), ...missingForTests()], 'build and test', sayOfTests);
  await Promise.all([
    bringUpToDate(addon),
    tests && makeRealModel(sayOfTests),
    tests && makeRealEncoder(sayOfTests),
    tests && fetchChatTemplates(sayOfTests),
    endurance && (await import('./node-versions.mjs')).fetchNodes(sayOfTests),
  ]);
}

const start = performance.now();
try {
  const { values } = parseArgs({ options: { tests: { type: 'boolean' }, endurance: { type: 'boolean' } } });
  const endurance = values.endurance === true;
  const tests = values.tests === true || endurance;
  checkNode();
  checkNodeModules();
  mkdirSync(path('build'), { recursive: true });
  const hasTests = () => hasTestCache() && missingForTests().length === 0;
  // The lock costs a process, so it is taken only where there is something to do, and the look is repeated under it.
  const nothingToDo =
    packagesMatchLock() && isCurrent(typescript) && isCurrent(addon) && (!tests || hasTests()) && !endurance;
  const wait = () => say('waiting for another set-up of this checkout');
  if (!nothingToDo) await withLock(path('build', '.setup-lock'), wait, () => setUp({ tests, endurance }));
  say(`${nothingToDo ? 'up to date' : 'done'} (${((performance.now() - start) / 1000).toFixed(2)} s)`);
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  process.stderr.write(`${error.message}\nsetup: failed\n`);
  process.exitCode = 1;
}
