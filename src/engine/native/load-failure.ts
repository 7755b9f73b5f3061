import { existsSync } from 'node:fs';
import { messageOf } from '../../base/errors.js';
import type { AddonCandidate } from './find-addons.js';

/** Why the addon cannot be used, and the command that mends it. */
export interface AddonFailure {
  /** One sentence without its full stop. */
  readonly fault: string;
  readonly mend: string;
}

/** The command that builds the addon for this machine. */
export const BUILD = 'npx evosift doctor --build';

/** The Debian and Ubuntu packages of the shared libraries that the addon needs. */
const PACKAGE_OF_LIBRARY: readonly (readonly [RegExp, string])[] = [
  [/^libdnnl\.so/, 'libdnnl-dev'],
  [/^libgomp\.so/, 'libgomp1'],
  [/^libOpenCL\.so/, 'ocl-icd-libopencl1'],
  [/^libstdc\+\+\.so/, 'libstdc++6'],
];

const installCommand = (name: string): string => `${process.getuid?.() === 0 ? '' : 'sudo '}apt-get install -y ${name}`;

/** What the dynamic linker says, and what that means to a user; the group is the part of its message that matters. */
const CAUSES: readonly (readonly [RegExp, (part: string) => AddonFailure])[] = [
  [
    /^(lib[^:\s]+): cannot open shared object file/,
    (library) => {
      const name = PACKAGE_OF_LIBRARY.find(([pattern]) => pattern.test(library))?.[1];
      return {
        fault: `it needs ${library}, which is not installed`,
        mend: name === undefined ? BUILD : installCommand(name),
      };
    },
  ],
  [
    /version `((?:GLIBC|GLIBCXX|CXXABI)_[\d.]+)' not found/,
    (version) => ({ fault: `it was built on a newer system (it needs ${version})`, mend: BUILD }),
  ],
  [
    /(invalid ELF header|wrong ELF class|file too short)/,
    (what) => ({ fault: `it is no linux-x64 addon (${what})`, mend: BUILD }),
  ],
  [
    /undefined symbol: (\S+)/,
    (symbol) => ({ fault: `a library that it needs is of another version (no ${symbol})`, mend: BUILD }),
  ],
];

/** Which addon failed to load, why, and the command that mends it. */
export function diagnoseLoadFailure({ source, path }: AddonCandidate, cause: unknown): AddonFailure {
  const name = source === 'EVOSIFT_ADDON' ? `EVOSIFT_ADDON (${path})` : path;
  if (source === 'EVOSIFT_ADDON' && !existsSync(path))
    return { fault: `${name} does not exist`, mend: 'unset EVOSIFT_ADDON' };
  const message = messageOf(cause);
  for (const [pattern, explain] of CAUSES) {
    const part = pattern.exec(message)?.[1];
    if (part === undefined) continue;
    const { fault, mend } = explain(part);
    return { fault: `${name} does not load: ${fault}`, mend };
  }
  return { fault: `${name} does not load: ${message}`, mend: BUILD };
}
