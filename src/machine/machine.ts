import { readFileSync } from 'node:fs';
import { cpus, freemem, totalmem } from 'node:os';
import { join } from 'node:path';
import { cpuFlags } from './platform.js';

/** What of this machine the native engine could use. */
export interface Machine {
  readonly processor: string;
  /** Instruction sets that matter to the kernels. */
  readonly isa: readonly string[];
  readonly physicalCores: number;
  /** Physical cores among the processors that this process may run on. */
  readonly affinityCores: number;
  /** CPUs' worth of time that the cgroup leaves to this process; null: no limit. */
  readonly cpuQuota: number | null;
  readonly memoryMib: number;
  readonly availableMib: number;
  /** The cgroup's memory limit; null: none. */
  readonly memoryLimitMib: number | null;
}

/** Instruction sets by the flags in /proc/cpuinfo that they consist of. */
const ISA: readonly (readonly [string, readonly string[]])[] = [
  ['avx2', ['avx2', 'fma']],
  ['avx512', ['avx512f', 'avx512bw', 'avx512vl', 'avx512dq']],
  ['avx512_bf16', ['avx512_bf16']],
  ['amx_bf16', ['amx_tile', 'amx_bf16']],
];

export function describeMachine(): Machine {
  const flags = cpuFlags();
  const cores = coreOfProcessor(readOr('/proc/cpuinfo', ''));
  const allowed = allowedProcessors(readOr('/proc/self/status', ''));
  const total = mib(totalmem());
  const limit = mib(process.constrainedMemory());
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    isa: ISA.filter(([, needed]) => needed.every((flag) => flags.has(flag))).map(([name]) => name),
    physicalCores: new Set(cores.values()).size || cpus().length,
    affinityCores: new Set(allowed.map((processor) => cores.get(processor) ?? processor)).size || cpus().length,
    cpuQuota: cgroupCpuQuota('/'),
    memoryMib: total,
    availableMib: mib(freemem()),
    memoryLimitMib: limit > 0 && limit < total ? limit : null,
  };
}

const mib = (bytes: number): number => Math.round(bytes / 2 ** 20);

function readOr<T>(path: string, otherwise: T): string | T {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}

const field = (block: string, name: string): string | undefined =>
  new RegExp(`^${name}\\s*:\\s*(\\d+)`, 'm').exec(block)?.[1];

/** Logical processor to physical core (`socket:core`), from /proc/cpuinfo's text. */
export function coreOfProcessor(cpuinfo: string): ReadonlyMap<number, string> {
  const cores = new Map<number, string>();
  for (const block of cpuinfo.split('\n\n')) {
    const processor = field(block, 'processor');
    if (processor === undefined) continue;
    const core = field(block, 'core id') ?? processor;
    cores.set(Number(processor), `${field(block, 'physical id') ?? 0}:${core}`);
  }
  return cores;
}

/** The processors of `Cpus_allowed_list` (e.g. `0-3,8`) in /proc/self/status's text. */
export function allowedProcessors(status: string): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? '';
  return list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-');
    if (first === undefined || first === '' || last === undefined) return [];
    return Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => Number(first) + i);
  });
}

/**
 * The tightest CPU limit of this process's cgroup and those above it, in CPUs: cgroup v2's cpu.max, v1's cfs quota.
 *
 * @param root Where /proc and /sys are; not `/` in tests.
 */
export function cgroupCpuQuota(root: string): number | null {
  const quotas: number[] = [];
  for (const line of readOr(join(root, 'proc/self/cgroup'), '').split('\n')) {
    const [, , controllers, path] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    const isUnified = controllers === '';
    if (!isUnified && !controllers.split(',').includes('cpu')) continue;
    const mount = join(root, 'sys/fs/cgroup', isUnified ? '' : controllers);
    // Inside a container the path may be the host's: the limit then stands at the mount itself, the last one read.
    const parts = path.split('/').filter((part) => part !== '');
    for (let depth = parts.length; depth >= 0; depth--) {
      const folder = join(mount, ...parts.slice(0, depth));
      const quota = isUnified
        ? readOr(join(folder, 'cpu.max'), null)
        : `${readOr(join(folder, 'cpu.cfs_quota_us'), '')} ${readOr(join(folder, 'cpu.cfs_period_us'), '')}`;
      const [limit, period] = (quota ?? '').trim().split(/\s+/).map(Number);
      if (limit !== undefined && period !== undefined && limit > 0 && period > 0) quotas.push(limit / period);
    }
  }
  return quotas.length === 0 ? null : Math.min(...quotas);
}
