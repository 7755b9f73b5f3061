import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a machine's driver answers; it has one device, or fails to begin where `init` is not 0. */
export interface Driver {
  readonly init?: number;
  /** The newest CUDA that it runs: 13_000 is 13.0. */
  readonly version: number;
  readonly capability?: readonly [number, number];
}

/** Makes `folder` with a libcuda.so.1, which the dynamic linker finds there as it finds NVIDIA's. */
export function makeDriver(folder: string, { init = 0, version, capability: [major, minor] = [9, 0] }: Driver): void {
  mkdirSync(folder);
  const source = `
    #include <string.h>
    int cuInit(unsigned flags) { return flags ? 1 : ${init}; }
    int cuDriverGetVersion(int *v) { *v = ${version}; return 0; }
    int cuGetErrorString(int e, const char **s) { *s = e == 803 ? "system has unsupported display driver" : "?"; return 0; }
    int cuDeviceGetCount(int *n) { *n = 1; return 0; }
    int cuDeviceGet(int *d, int i) { *d = i; return 0; }
    int cuDeviceGetName(char *s, int n, int d) { strncpy(s, "Test GPU", n); return d; }
    int cuDeviceTotalMem_v2(unsigned long *b, int d) { *b = 80ul << 30; return d; }
    int cuDeviceGetAttribute(int *v, int a, int d) { *v = a == 16 ? 132 : a == 75 ? ${major} : ${minor}; return d; }`;
  writeFileSync(join(folder, 'cuda.c'), source);
  execFileSync('gcc', ['-shared', '-fPIC', '-o', join(folder, 'libcuda.so.1'), join(folder, 'cuda.c')]);
}
