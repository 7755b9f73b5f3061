// Builds libevosift_cuda.so, the CUDA kernels, and cuda-kernel-bench, which measures them, beside the addon: for `npm run
// build:cuda` and `evosift doctor --build --cuda`. Where there is no nvcc, scripts/cuda-toolkit.sh makes one in the user's
// cache. Needs no GPU.
//
// usage: build-cuda.mjs [--out FOLDER]
//   --out    the addon's build folder (default: build/ in the package); the library becomes FOLDER/Release/libevosift_cuda.so
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { availableParallelism, homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { faultIn } from './build-log.mjs';
import { Failure } from './failure.mjs';
import { withLock } from './lock.mjs';
import { ensureBuildTools } from './system-packages.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** What a program wrote to standard output; its standard error goes to ours, or with `log` both to that file. */
async function run(program, args, { env = process.env, log } = {}) {
  const fd = log === undefined ? undefined : openSync(log, 'a');
  const child = spawn(program, args, { env, stdio: ['ignore', fd ?? 'pipe', fd ?? 'inherit'] });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text) => (output += text));
  const code = await new Promise((settle, fail) => child.once('error', fail).once('close', settle));
  if (fd !== undefined) closeSync(fd);
  return { code, output: output.trim() };
}

/** The CUDA compiler that CMake is to take: the one that CUDACXX names, that of PATH, CUDA_HOME's, or undefined. */
function findNvcc() {
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    join(process.env.CUDA_HOME ?? '/usr/local/cuda', 'bin'),
  ];
  const named = process.env.CUDACXX;
  if (named !== undefined && named !== '') return named;
  return folders.map((folder) => join(folder, 'nvcc')).find((path) => existsSync(path));
}

/** Where the toolkit is made: EVOSIFT_CUDA_TOOLKIT, or a folder of the user's cache. */
const toolkitFolder = () =>
  process.env.EVOSIFT_CUDA_TOOLKIT ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'evosift', 'cuda-toolkit-13.0');

async function makeToolkit() {
  const { code, output } = await run('bash', [join(ROOT, 'scripts', 'cuda-toolkit.sh'), toolkitFolder()]);
  if (code !== 0) throw new Failure('There is no nvcc, and none could be made; the reason is above.');
  return output;
}

/**
 * Builds the library.
 * @param {{ out?: string, report: (line: string) => void }} options `report` is told each step
 * @returns {Promise<string>} the library's path
 */
export async function buildCuda({ out = join(ROOT, 'build'), report }) {
  ensureBuildTools(report);
  const nvcc = findNvcc() ?? (await makeToolkit());
  const folder = join(out, 'cuda');
  const release = join(out, 'Release');
  const log = join(folder, 'build.log');
  mkdirSync(folder, { recursive: true });
  const cmake = async (...args) => {
    const { code } = await run('cmake', args, { env: { ...process.env, CUDACXX: nvcc }, log });
    if (code !== 0)
      throw new Failure(`${faultIn(log)}\nThe build of the CUDA library failed; all of its output: ${log}`);
  };
  const wait = () => report('waiting for another build of the same folder');
  return withLock(join(folder, '.lock'), wait, async () => {
    closeSync(openSync(log, 'w'));
    report(`compiling with ${nvcc}`);
    const to = `-DCMAKE_LIBRARY_OUTPUT_DIRECTORY=${release}`;
    await cmake('-S', ROOT, '-B', folder, '-DCMAKE_BUILD_TYPE=Release', '-DEVOSIFT_CUDA=on', to);
    const targets = ['evosift_cuda', 'cuda-kernel-bench'];
    await cmake('--build', folder, '--target', ...targets, '--parallel', String(availableParallelism()));
    return join(release, 'libevosift_cuda.so');
  });
}

const say = (line) => process.stderr.write(`cuda: ${line}\n`);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { out: { type: 'string' } } });
  const start = performance.now();
  try {
    const library = await buildCuda({ out: values.out === undefined ? undefined : resolve(values.out), report: say });
    say(`${library} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
