// Prints what a user of the package installs: a line a dependency, with the packages that it brings and their size on disk,
// as the table of docs/dependencies.md has it. Needs `npm ci`; a package that two bring is counted with the first.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const read = (path) => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
const { packages } = read('package-lock.json');

/** Bytes of a package's own files, without packages inside it. */
const bytesOf = (folder) =>
  readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules')
    .reduce((sum, entry) => {
      const path = join(folder, entry.name);
      return sum + (entry.isDirectory() ? bytesOf(path) : entry.isFile() ? statSync(path).size : 0);
    }, 0);

/** Where Node finds `name` from within the package at `from`. */
function locate(name, from) {
  for (let place = from; ; place = place.slice(0, Math.max(0, place.lastIndexOf('/node_modules/')))) {
    const path = `${place}${place === '' ? '' : '/'}node_modules/${name}`;
    if (path in packages) return path;
    if (place === '') return null;
  }
}

const counted = new Set();
function count(path) {
  if (path === null || counted.has(path) || !existsSync(join(ROOT, path))) return [0, 0];
  counted.add(path);
  const { dependencies = {}, optionalDependencies = {} } = packages[path];
  return Object.keys({ ...dependencies, ...optionalDependencies })
    .map((name) => count(locate(name, path)))
    .reduce(([n, bytes], [more, size]) => [n + more, bytes + size], [1, bytesOf(join(ROOT, path))]);
}

let [total, all] = [0, 0];
for (const name of Object.keys(read('package.json').dependencies)) {
  const [n, bytes] = count(`node_modules/${name}`);
  process.stdout.write(
    `${name.padEnd(20)} ${String(n).padStart(3)} packages ${(bytes / 1e6).toFixed(1).padStart(6)} MB\n`,
  );
  [total, all] = [total + n, all + bytes];
}
process.stdout.write(
  `${'all'.padEnd(20)} ${String(total).padStart(3)} packages ${(all / 1e6).toFixed(1).padStart(6)} MB\n`,
);
