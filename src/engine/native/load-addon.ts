import { constants } from 'node:os';
import { EvosiftError } from '../../base/errors.js';
import type { Addon } from './addon-types.js';
import { findAddons, packageBuild, type AddonCandidate } from './find-addons.js';
import { BUILD, diagnoseLoadFailure, type AddonFailure } from './load-failure.js';
import { unsupportedPlatform } from '../../machine/platform.js';

export interface LoadedAddon extends AddonCandidate {
  readonly addon: Addon;
}

/** What `evosift.node` must export for this version. */
const EXPORTS = ['load', 'loadShape', 'crossEntropy', 'vectors', 'cpu', 'cuda', 'measureMatmul'] as const;

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
export const loadAddon = (): Addon => loadBestAddon().addon;

/** The same, with where it lies. */
export function loadBestAddon(): LoadedAddon {
  const unsupported = unsupportedPlatform();
  if (unsupported !== null) throw new EvosiftError('unsupported_platform', unsupported);
  const search = searchAddon();
  if (search.found) return search;
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
