import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EvosiftError } from './errors.js';

let root: string | undefined;

/**
 * The folder that this package is installed in. Its workers, addon and models are files there.
 *
 * @throws EvosiftError `unsupported_platform` where a bundler moved this code into another file: the package's files
 *   did not come along, and those of another copy that lies nearby may be of another version.
 */
export function packageRoot(): string {
  return (root ??= findPackageRoot());
}

/**
 * A file of this package, found through the package's own exports.
 *
 * @param subpath What follows `evosift/` in the package's exports, e.g. `workers/onnx`.
 * @throws EvosiftError as `packageRoot`.
 */
export function packageFile(subpath: string): string {
  return createRequire(join(packageRoot(), 'package.json')).resolve(`evosift/${subpath}`);
}

function findPackageRoot(): string {
  // In a CommonJS bundle import.meta is an empty object.
  const url: string | undefined = import.meta.url;
  if (url === undefined) throw bundled('another file');
  const file = realpathSync(fileURLToPath(url));
  let folder: string;
  try {
    folder = dirname(realpathSync(createRequire(file).resolve('evosift/package.json')));
  } catch (cause) {
    throw bundled(file, cause);
  }
  if (!file.startsWith(folder + sep)) throw bundled(file);
  return folder;
}

const bundled = (into: string, cause?: unknown): EvosiftError =>
  new EvosiftError(
    'unsupported_platform',
    `evosift was bundled into ${into}, but its workers and addon are files of the installed package.\n` +
      'Keep it external to the bundler (esbuild: --external:evosift) and install it next to the bundle.',
    { cause },
  );
