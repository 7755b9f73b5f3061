// Whether a step's inputs changed since it last succeeded: by size and mtime, and where those differ by content, so
// that a checkout which only touched files builds nothing.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** @param {string} root @param {string[]} paths files and folders under `root`; absent ones count as empty */
function inputFiles(root, paths) {
  const files = [];
  const visit = (path) => {
    const stat = statSync(join(root, path), { throwIfNoEntry: false });
    if (stat?.isDirectory()) for (const name of readdirSync(join(root, path)).sort()) visit(`${path}/${name}`);
    else if (stat) files.push({ path, size: stat.size, mtime: stat.mtimeMs });
  };
  paths.forEach(visit);
  return files;
}

const digest = (parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');

/**
 * The stamp of one step. `settings` are inputs that are no files of `root` (versions, compiler names).
 * @param {string} root @param {string} stampFile @param {{ files: string[], settings?: string[] }} inputs
 */
export function stampOf(root, stampFile, { files: paths, settings = [] }) {
  const files = inputFiles(root, paths);
  const quick = digest([settings.join('\n'), ...files.map((f) => `\n${f.path}\0${f.size}\0${f.mtime}`)]);
  const content = () =>
    digest([settings.join('\n'), ...files.flatMap((f) => [`\n${f.path}\0`, readFileSync(join(root, f.path))])]);
  const write = (stamp) => {
    mkdirSync(dirname(stampFile), { recursive: true });
    writeFileSync(stampFile, JSON.stringify(stamp));
  };
  return {
    /** True where nothing changed since `renew`. */
    isCurrent() {
      let last;
      try {
        last = JSON.parse(readFileSync(stampFile, 'utf8'));
      } catch {
        return false;
      }
      if (last.quick === quick) return true;
      if (last.content !== content()) return false;
      write({ quick, content: last.content });
      return true;
    },
    /** Records that the step succeeded for the inputs as they were when the stamp was taken. */
    renew: () => write({ quick, content: content() }),
  };
}
