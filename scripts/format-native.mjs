// Formats the C++ sources with clang-format; with --check only says which are not.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const FOLDERS = ['native', 'test/native'];

const sources = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(h|cc|cu|cuh)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name)),
);
if (sources.length > 0) {
  const cli = createRequire(import.meta.url).resolve('clang-format-node/build/cli.js');
  const mode = process.argv.includes('--check') ? ['--dry-run', '--Werror'] : ['-i'];
  const { status, stderr } = spawnSync(process.execPath, [cli, ...mode, ...sources], { encoding: 'utf8' });
  // A line for each file instead of three for each place.
  const unformatted = new Set(stderr.match(/^.*?(?=:\d+:\d+: error: code should be clang-formatted)/gm));
  for (const file of unformatted) process.stderr.write(`not formatted: ${relative(ROOT, file)}\n`);
  if (status !== 0 && unformatted.size === 0) process.stderr.write(stderr);
  process.exitCode = status ?? 1;
}
