import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installCommand, isInstalled } from '../../base/optional-package.js';
import { packageRoot } from '../../base/package-file.js';
import { messageOf } from '../../base/errors.js';
import type { Addon } from './addon-types.js';
import { cacheBuildFolder, findAddons } from './find-addons.js';
import { searchAddon } from './load-addon.js';
import { BUILD } from './load-failure.js';
import { describeMachine, type Machine } from '../../machine/machine.js';
import { detectLibc, ELSEWHERE, unsupportedPlatform } from '../../machine/platform.js';

/**
 * `missing` can be mended by the command in `mend`; `optional` can too, and one feature alone wants it; `absent` cannot on
 * this machine, and does no harm.
 */
export type CheckStatus = 'ok' | 'missing' | 'optional' | 'absent';

export interface Check {
  readonly name: string;
  readonly status: CheckStatus;
  readonly detail: string;
  /** The command that mends it; null unless `missing` or `optional`. */
  readonly mend: string | null;
}

export interface Diagnosis {
  readonly machine: Machine;
  readonly checks: readonly Check[];
  /** Nothing is missing that a command could mend. */
  readonly healthy: boolean;
}

const execute = promisify(execFile);

const ok = (name: string, detail: string): Check => ({ name, status: 'ok', detail, mend: null });
const absent = (name: string, detail: string): Check => ({ name, status: 'absent', detail, mend: null });
const missing = (name: string, detail: string, mend: string): Check => ({ name, status: 'missing', detail, mend });

const buildScript = (): string => join(packageRoot(), 'scripts', 'build-addon.mjs');

/** What this machine can run, and what is missing, each with the command that mends it. */
export async function diagnose(): Promise<Diagnosis> {
  const machine = describeMachine();
  const native = await checkNative();
  const checks = [
    ok('node', process.versions.node),
    checkPlatform(),
    ok('processor', `${machine.processor}; ${machine.isa.join(', ') || 'no AVX2'}`),
    ok('cores', describeCores(machine)),
    ok('memory', describeMemory(machine)),
    ...native,
    await checkOnnx(),
    ...checkCuda(native),
  ];
  return { machine, checks, healthy: checks.every(({ status }) => status !== 'missing') };
}

/** Where `evosift doctor --build` builds: in the package, or where that is read-only in the user's cache. */
function buildFolder(): string {
  try {
    accessSync(packageRoot(), constants.W_OK);
    return join(packageRoot(), 'build');
  } catch {
    return cacheBuildFolder();
  }
}

/** The command line that builds the addon, and with `cuda` the CUDA library; its progress and errors go to standard error. */
export const buildCommand = ({ cuda }: { readonly cuda: boolean }): readonly string[] => [
  process.execPath,
  buildScript(),
  '--out',
  buildFolder(),
  ...(cuda ? ['--cuda'] : []),
];

function checkPlatform(): Check {
  const unsupported = unsupportedPlatform();
  if (unsupported !== null) return absent('platform', unsupported);
  const libc = detectLibc();
  return ok('platform', `linux-x64, glibc ${libc.family === 'glibc' ? libc.version : 'unknown'}`);
}

function describeCores({ physicalCores, affinityCores, cpuQuota }: Machine): string {
  const limits = [
    affinityCores < physicalCores ? `affinity leaves ${affinityCores}` : 'all in this process’s affinity',
    cpuQuota === null ? 'no cgroup quota' : `cgroup quota ${cpuQuota}`,
  ];
  return `${physicalCores} physical; ${limits.join(', ')}`;
}

function describeMemory({ memoryMib, availableMib, memoryLimitMib }: Machine): string {
  const limit = memoryLimitMib === null ? 'no cgroup limit' : `cgroup limit ${memoryLimitMib} MiB`;
  return `${memoryMib} MiB, ${availableMib} MiB free; ${limit}`;
}

/** The addon and the oneDNN in it; where there is none, what its build needs. */
async function checkNative(): Promise<Check[]> {
  const name = 'native engine';
  if (unsupportedPlatform() !== null) return [absent(name, 'does not run on this platform')];
  const crash = await crashOnLoad();
  if (crash !== null) return [missing(name, crash, BUILD)];
  const search = searchAddon();
  if (!search.found) return [missing(name, search.fault, search.mend), ...(await missingTools())];
  let cpu: ReturnType<Addon['cpu']>;
  try {
    cpu = search.addon.cpu();
  } catch (error) {
    return [missing(name, messageOf(error), 'unset EVOSIFT_MAX_ISA')];
  }
  const { onednn, isa } = cpu;
  return [ok(name, `${search.path} (${search.source}), oneDNN ${onednn}, kernels for ${isa.join(', ')}`)];
}

/** A new process loads the addon first, so that one which crashes does not take this process along. */
async function crashOnLoad(): Promise<string | null> {
  const [candidate] = findAddons();
  if (candidate === undefined) return null;
  try {
    await execute(process.execPath, ['-e', 'process.dlopen({ exports: {} }, process.argv[1])', candidate.path]);
    return null;
  } catch (error) {
    const { signal } = error as { signal?: string | null };
    return typeof signal === 'string' ? `${candidate.path} crashes when it is loaded (${signal})` : null;
  }
}

/** The driver and its devices, the CUDA library, cuBLASLt; asked of the addon, once it is known to load. */
function checkCuda([native]: readonly Check[]): readonly Check[] {
  const search = native?.status === 'ok' ? searchAddon() : undefined;
  if (search?.found === true) return search.addon.cuda().checks;
  return [absent('cuda driver', 'not looked for without the native engine')];
}

/** What a build of the addon would need and this machine lacks. */
async function missingTools(): Promise<Check[]> {
  const { stdout } = await execute(process.execPath, [buildScript(), '--check']);
  const tools = JSON.parse(stdout) as readonly { readonly what: string; readonly mend: string }[];
  return tools.map(({ what, mend }) => missing('build tools', `no ${what}`, mend));
}

async function checkOnnx(): Promise<Check> {
  if (!isInstalled('onnxruntime-node')) {
    const detail = `onnxruntime-node, which only \`engine: onnx\` needs, is not installed. ${ELSEWHERE}`;
    return unsupportedPlatform() === null
      ? absent('onnx engine', detail)
      : missing('onnx engine', detail, installCommand('onnxruntime-node'));
  }
  try {
    const { env } = await import('onnxruntime-node');
    return ok('onnx engine', `onnxruntime ${env.versions.node ?? env.versions.common}`);
  } catch (error) {
    const fault = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return missing('onnx engine', `onnxruntime-node does not load: ${fault}`, installCommand('onnxruntime-node'));
  }
}
