import { createRequire } from 'node:module';
import { EvosiftError } from '../errors.js';

/**
 * The file of one of this package's workers, found through the package's own exports, so that it is right wherever
 * this module was loaded from.
 *
 * @param name A package subpath, e.g. `evosift/workers/score`.
 * @throws EvosiftError `unsupported_platform` where the package was bundled into another file and cannot be found.
 */
export function workerPath(name: `evosift/workers/${string}`): string {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch (cause) {
    throw new EvosiftError(
      'unsupported_platform',
      `Cannot find ${name} from ${import.meta.url}: evosift was bundled into another file or is not installed beside it.\n` +
        'Keep it external to the bundler (esbuild: --external:evosift) and install it next to the bundle.',
      { cause },
    );
  }
}
