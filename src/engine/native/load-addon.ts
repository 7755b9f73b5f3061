import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants, homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { EvosiftError } from '../../base/errors.js';
import { packageRoot } from '../../base/package-file.js';
import type { Addon } from './addon-types.js';
import { BUILD, diagnoseLoadFailure, type AddonFailure } from './load-failure.js';
import { unsupportedPlatform } from '../../machine/platform.js';

/** Where an addon may lie, in the order in which they are tried. */
export type AddonSource = 'EVOSIFT_ADDON' | 'build' | 'cache' | 'prebuilt';

export interface AddonCandidate {
  readonly source: AddonSource;
  readonly path: string;
}

export interface LoadedAddon extends AddonCandidate {
  readonly addon: Addon;
}

/** What `evosift.node` must export for this version. */
const EXPORTS = ['load', 'loadShape', 'crossEntropy', 'cpu', 'cuda', 'measureMatmul', 'benchKernels'] as const;

/** The build folder that `evosift doctor --build` falls back to where the package's own folder is read-only. */
export function cacheBuildFolder(): string {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const { version } = createRequire(import.meta.url)(join(packageRoot(), 'package.json')) as { version: string };
  return join(cache, 'evosift', `addon-${version}`);
}

const packageBuild = (): AddonCandidate => ({
  source: 'build',
  path: join(packageRoot(), 'build', 'Release', 'evosift.node'),
});

/**
 * Addons that exist here, best first: the file named by EVOSIFT_ADDON (then no other), the package's own build, the
 * build in the user's cache, the prebuilt optional package.
 */
export function findAddons(): AddonCandidate[] {
  const named = process.env.EVOSIFT_ADDON;
  if (named !== undefined && named !== '') return [{ source: 'EVOSIFT_ADDON', path: resolve(named) }];
  const cacheBuild: AddonCandidate = { source: 'cache', path: join(cacheBuildFolder(), 'Release', 'evosift.node') };
  const candidates = [packageBuild(), cacheBuild].filter(({ path }) => existsSync(path));
  try {
    const prebuilt = `@evosift/${process.platform}-${process.arch}/evosift.node`;
    candidates.push({ source: 'prebuilt', path: createRequire(join(packageRoot(), 'package.json')).resolve(prebuilt) });
  } catch {
    // The optional package is not installed, or there is none for this platform.
  }
  return candidates;
}

/** An addon, or why there is none. */
export type AddonSearch =
  ({ readonly found: true } & LoadedAddon) | ({ readonly found: false; readonly cause?: unknown } & AddonFailure);

let loaded: (AddonSearch & { readonly found: true }) | undefined;

/**
 * The native addon, loaded once per thread.
 *
 * @throws EvosiftError `unsupported_platform` where the native engine cannot run, `addon_unavailable` where it could:
 *   the message says what is missing and the command that mends it.
 */
export function loadAddon(): Addon {
  const unsupported = unsupportedPlatform();
  if (unsupported !== null) throw new EvosiftError('unsupported_platform', unsupported);
  const search = searchAddon();
  if (search.found) return search.addon;
  const { fault, mend, cause } = search;
  throw new EvosiftError('addon_unavailable', `${fault}.\nMend it with: ${mend}`, { cause });
}

/** The first addon that loads, or what is wrong with the best one that exists. */
export function searchAddon(): AddonSearch {
  if (loaded !== undefined) return loaded;
  let failure: AddonSearch | undefined;
  for (const candidate of findAddons()) {
    try {
      return (loaded = { found: true, ...candidate, addon: open(candidate.path) });
    } catch (cause) {
      failure ??= { found: false, cause, ...diagnoseLoadFailure(candidate, cause) };
    }
  }
  const { path } = packageBuild();
  return failure ?? { found: false, fault: `The native addon is not built: there is no ${path}`, mend: BUILD };
}

/** As `require` does for a file called `.node`, whatever it is called, with every symbol resolved at once. */
function open(path: string): Addon {
  const opened: { exports: Record<string, unknown> } = { exports: {} };
  process.dlopen(opened, path, constants.dlopen.RTLD_NOW);
  const absent = EXPORTS.filter((name) => typeof opened.exports[name] !== 'function');
  if (absent.length > 0) throw new Error(`it is of another version (it has no ${absent.join(', ')})`);
  return opened.exports as unknown as Addon;
}
