import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allowedProcessors, cgroupCpuQuota, coreOfProcessor } from '../../../src/machine/machine.js';

describe('physical cores', () => {
  const processor = (id: number, socket: number, core: number): string =>
    `processor\t: ${id}\nmodel name\t: A\nphysical id\t: ${socket}\ncore id\t\t: ${core}\nflags\t\t: fpu avx2\n`;

  it('are counted once where two threads share one, and apart where sockets number alike', () => {
    const cpuinfo = [processor(0, 0, 0), processor(1, 0, 0), processor(2, 1, 0), processor(3, 1, 1)].join('\n');
    const cores = coreOfProcessor(cpuinfo);
    expect(cores.size).toBe(4);
    expect(new Set(cores.values()).size).toBe(3);
  });

  it('are the processors themselves where a virtual machine tells no cores', () => {
    expect([...coreOfProcessor('processor\t: 0\n\nprocessor\t: 1\n').values()]).toEqual(['0:0', '0:1']);
  });
});

describe('affinity', () => {
  it.each([
    ['0-3', [0, 1, 2, 3]],
    ['5', [5]],
    ['0,2-3,8', [0, 2, 3, 8]],
  ])('%s', (list, processors) => {
    expect(allowedProcessors(`Name:\tnode\nCpus_allowed:\tff\nCpus_allowed_list:\t${list}\n`)).toEqual(processors);
  });
});

describe('cgroup quota', () => {
  let root: string;
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'evosift-cgroup-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('is the tightest of the groups from this process up (v2)', () => {
    write('proc/self/cgroup', '0::/a/b\n');
    write('sys/fs/cgroup/a/cpu.max', '150000 100000\n');
    write('sys/fs/cgroup/a/b/cpu.max', '400000 100000\n');
    expect(cgroupCpuQuota(root)).toBe(1.5);
  });

  it('is read at the mount where the path is that of the host (v2 in a container)', () => {
    write('proc/self/cgroup', '0::/system.slice/docker-1f.scope\n');
    write('sys/fs/cgroup/cpu.max', '200000 100000\n');
    expect(cgroupCpuQuota(root)).toBe(2);
  });

  it('is read from the cpu controller (v1)', () => {
    write('proc/self/cgroup', '5:memory:/m\n4:cpu,cpuacct:/c\n');
    write('sys/fs/cgroup/cpu,cpuacct/c/cpu.cfs_quota_us', '50000\n');
    write('sys/fs/cgroup/cpu,cpuacct/c/cpu.cfs_period_us', '100000\n');
    expect(cgroupCpuQuota(root)).toBe(0.5);
  });

  it.each([
    ['max 100000', '0::/\n', 'sys/fs/cgroup/cpu.max'],
    ['-1', '1:cpu:/\n', 'sys/fs/cgroup/cpu/cpu.cfs_quota_us'],
  ])('is none for %s', (quota, groups, file) => {
    write('proc/self/cgroup', groups);
    write(file, quota);
    expect(cgroupCpuQuota(root)).toBeNull();
  });
});
