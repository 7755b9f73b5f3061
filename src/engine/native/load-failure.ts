import { existsSync } from 'node:fs';
import type { AddonCandidate } from './load-addon.js';

const BUILD = 'Build it for this machine with: npx evosift doctor --build';

/** What to install for a shared library that the addon needs; Debian's and Ubuntu's package names. */
const PACKAGE_OF_LIBRARY: readonly (readonly [RegExp, string])[] = [
  [/^libdnnl\.so/, 'libdnnl-dev'],
  [/^libgomp\.so/, 'libgomp1'],
  [/^libOpenCL\.so/, 'ocl-icd-libopencl1'],
  [/^libstdc\+\+\.so/, 'libstdc++6'],
];

/** What the dynamic linker says, and what that means to a user; `$1` is the part of its message that names the cause. */
const CAUSES: readonly (readonly [RegExp, (name: string) => string])[] = [
  [
    /^(lib[^:\s]+): cannot open shared object file/,
    (library) => {
      const install = PACKAGE_OF_LIBRARY.find(([pattern]) => pattern.test(library))?.[1];
      return install === undefined
        ? `it needs ${library}, which is not installed.\n${BUILD}`
        : `it needs ${library}, which is not installed.\nInstall it with: apt-get install ${install}`;
    },
  ],
  [
    /version `((?:GLIBC|GLIBCXX|CXXABI)_[\d.]+)' not found/,
    (version) => `it was built on a newer system (it needs ${version}).\n${BUILD}`,
  ],
  [/(invalid ELF header|wrong ELF class|file too short)/, (fault) => `it is no linux-x64 addon (${fault}).\n${BUILD}`],
  [/undefined symbol: (\S+)/, (symbol) => `a library that it needs is of another version (no ${symbol}).\n${BUILD}`],
  [/(it is of another version: .*)/, (fault) => `${fault}.\n${BUILD}`],
];

/** One or two lines: which addon failed to load, why, and the command that mends it. */
export function diagnoseLoadFailure({ source, path }: AddonCandidate, cause: unknown): string {
  const name = source === 'EVOSIFT_ADDON' ? `EVOSIFT_ADDON (${path})` : path;
  if (source === 'EVOSIFT_ADDON' && !existsSync(path))
    return `${name} does not exist.\nName a file that does, or unset EVOSIFT_ADDON.`;
  const message = cause instanceof Error ? cause.message : String(cause);
  for (const [pattern, explain] of CAUSES) {
    const part = pattern.exec(message)?.[1];
    if (part !== undefined) return `${name} does not load: ${explain(part)}`;
  }
  return `${name} does not load: ${message}.\n${BUILD}`;
}
