import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { packageRoot } from '../../base/package-file.js';

/** Where an addon may lie, in the order in which they are tried. */
export type AddonSource = 'EVOSIFT_ADDON' | 'build' | 'cache' | 'prebuilt';

export interface AddonCandidate {
  readonly source: AddonSource;
  readonly path: string;
}

/** The build folder that `evosift doctor --build` falls back to where the package's own folder is read-only. */
export function cacheBuildFolder(): string {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const { version } = createRequire(import.meta.url)(join(packageRoot(), 'package.json')) as { version: string };
  return join(cache, 'evosift', `addon-${version}`);
}

/** What set-up builds. */
export const packageBuild = (): AddonCandidate => ({
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
