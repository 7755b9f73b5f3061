// The Nodes that test/support/nodes/package.json names, from the npm registry, by the hashes of its lock file: for the
// tests that run on each.
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeOnce, runQuietly, TEST_CACHE } from './test-cache.mjs';

const SOURCE = join(dirname(dirname(fileURLToPath(import.meta.url))), 'test', 'support', 'nodes');
const lock = readFileSync(join(SOURCE, 'package-lock.json'));

/** Their folder: other versions are another folder. */
const FOLDER = join(TEST_CACHE, `nodes-${createHash('sha256').update(lock).digest('hex').slice(0, 16)}`);

/** Name, as in `node-22`, and executable of each. @type {[string, string][]} */
export const NODES = Object.keys(JSON.parse(lock).packages[''].dependencies).map((name) => [
  name,
  join(FOLDER, name, 'bin', 'node'),
]);

async function make(work) {
  for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(SOURCE, file), join(work, file));
  await runQuietly('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], work);
  return join(work, 'node_modules');
}

/** Sees that they are there, or says why not. */
export const fetchNodes = (report) => makeOnce(FOLDER, "the tests' versions of Node", report, make);
