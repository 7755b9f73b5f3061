import { readFileSync } from 'node:fs';
import { installCommand } from '../base/optional-package.js';

/** The C library that this Node runs on. */
export type Libc = { readonly family: 'glibc'; readonly version: string } | { readonly family: 'musl' | 'none' };

interface ReportHeader {
  readonly header: { readonly glibcVersionRuntime?: string };
}

let libc: Libc | undefined;

/** glibc or musl on Linux, `none` elsewhere. */
export function detectLibc(): Libc {
  return (libc ??= readLibc());
}

function readLibc(): Libc {
  if (process.platform !== 'linux') return { family: 'none' };
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork: boolean };
  // Otherwise the report looks up the name of every open socket's peer.
  const excluded = report.excludeNetwork;
  report.excludeNetwork = true;
  const { header } = report.getReport() as unknown as ReportHeader;
  report.excludeNetwork = excluded;
  return header.glibcVersionRuntime === undefined
    ? { family: 'musl' }
    : { family: 'glibc', version: header.glibcVersionRuntime };
}

/** The flags of the first processor in /proc/cpuinfo; empty where there is no such file. */
export function cpuFlags(): ReadonlySet<string> {
  try {
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '';
    return new Set(flags.split(' ').filter((flag) => flag !== ''));
  } catch {
    return new Set();
  }
}

/** How to go on where the native engine does not run, or where there is no apt-get to build it with. */
export const ELSEWHERE =
  'Elsewhere (Fedora, macOS, Alpine with gcompat; none of them tried) the ONNX engine scores, once it is installed: ' +
  installCommand('onnxruntime-node');

/** One sentence that says why the native engine does not run here, or null where it does. */
export function unsupportedPlatform(): string | null {
  const here = `${process.platform}-${process.arch}`;
  const remains = 'the ONNX engine (`engine: onnx`) works here';
  if (here !== 'linux-x64') return `The native engine runs on linux-x64 with glibc, and this is ${here}; ${remains}.`;
  if (detectLibc().family === 'musl') return `The native engine needs glibc, and this system has musl; ${remains}.`;
  const flags = cpuFlags();
  if (!flags.has('avx2') || !flags.has('fma'))
    return `The native engine needs a processor with AVX2 and FMA, and this one has not; ${remains}.`;
  return null;
}
