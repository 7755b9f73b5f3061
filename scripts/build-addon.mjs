// Builds evosift.node with cmake-js: for scripts/setup.mjs in a checkout, and for `evosift doctor --build` where the
// package is installed as a dependency. Downloads nothing: Node's headers are those of node-api-headers.
//
// usage: build-addon.mjs [--out FOLDER] [--check] [--cuda]
//   --out    the build folder (default: build/ in the package); the addon becomes FOLDER/Release/evosift.node
//   --check  builds nothing; prints what is missing for a build as JSON: [{ "what", "mend" }]
//   --cuda   builds the CUDA library (build-cuda.mjs) after the addon
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { faultIn } from './build-log.mjs';
import { Failure } from './failure.mjs';
import { withLock } from './lock.mjs';
import { aptCommand, compiler, ensureBuildTools, missingBuildTools } from './system-packages.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs cmake-js with its output in a file; the file's end is the error message of a run that fails. */
async function cmakeJs(command, out) {
  const cli = createRequire(import.meta.url).resolve('cmake-js/bin/cmake-js');
  const log = join(out, `cmake-${command}.log`);
  const fd = openSync(log, 'w');
  const args = [cli, command, '--directory', ROOT, '--out', out, '--parallel', String(availableParallelism())];
  const child = spawn(process.execPath, args, { stdio: ['ignore', fd, fd] });
  const code = await new Promise((settle, fail) => child.once('error', fail).once('exit', settle));
  closeSync(fd);
  if (code === 0) return;
  throw new Failure(`${faultIn(log)}\nThe addon's build failed (cmake-js ${command}); all of its output: ${log}`);
}

/** A new process loads the addon, so that one which crashes does so there. */
function probe(addon) {
  const script = 'const { onednn } = require(process.argv[1]).cpu(); process.stdout.write(onednn)';
  const result = spawnSync(process.execPath, ['-e', script, addon], { encoding: 'utf8' });
  if (result.status === 0) return result.stdout;
  const fault =
    result.signal ?? result.stderr.split('\n').find((line) => line.includes('Error')) ?? `code ${result.status}`;
  throw new Failure(`The addon was built but does not load: ${fault} (${addon})`);
}

/**
 * Builds the addon and sees that it loads.
 * @param {{ out?: string, report: (line: string) => void }} options `report` is told each step
 * @returns {Promise<string>} the addon's path
 */
export async function buildAddon({ out = join(ROOT, 'build'), report }) {
  ensureBuildTools(report);
  mkdirSync(out, { recursive: true });
  const addon = join(out, 'Release', 'evosift.node');
  const wait = () => report('waiting for another build of the same folder');
  return withLock(join(out, '.lock'), wait, async () => {
    report(`compiling with ${compiler()}`);
    try {
      await cmakeJs('configure', out);
    } catch {
      // Another generator, compiler or place of the package than the cache knows: once more without it.
      rmSync(join(out, 'CMakeCache.txt'), { force: true });
      rmSync(join(out, 'CMakeFiles'), { recursive: true, force: true });
      await cmakeJs('configure', out);
    }
    await cmakeJs('build', out);
    if (!existsSync(addon)) throw new Failure(`The build wrote no ${addon}`);
    report(`loads, with oneDNN ${probe(addon)}`);
    return addon;
  });
}

const say = (line) => process.stderr.write(`addon: ${line}\n`);

async function main() {
  const { values } = parseArgs({
    options: { out: { type: 'string' }, check: { type: 'boolean' }, cuda: { type: 'boolean' } },
  });
  if (values.check) {
    const missing = missingBuildTools().map(({ what, apt }) => ({ what, mend: aptCommand([apt]) }));
    process.stdout.write(`${JSON.stringify(missing)}\n`);
    return;
  }
  try {
    const out = values.out === undefined ? undefined : resolve(values.out);
    say(await buildAddon({ out, report: say }));
    if (values.cuda) say(await (await import('./build-cuda.mjs')).buildCuda({ out, report: say }));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
