import { dirname, sep } from 'node:path';
import { dataName } from '../../runs/run-name.js';

/**
 * What a run's data files are called: by their names without endings; where several would be called alike, with as many
 * folders before it as tell them apart, and where these don't (`a.json` and `a.jsonl`), by their paths.
 *
 * @param paths Each of another file.
 */
export function datasetNames(paths: readonly string[]): string[] {
  const depths = Math.max(0, ...paths.map((path) => dirname(path).split(sep).length));
  const candidates = Array.from({ length: depths + 1 }, (_, folders) => paths.map((path) => nameOf(path, folders)));
  return paths.map((path, place) => {
    const own = candidates.find((names) => names.filter((name) => name === names[place]).length === 1);
    return own?.[place] ?? path;
  });
}

function nameOf(path: string, folders: number): string {
  const before = folders === 0 ? [] : dirname(path).split(sep).slice(-folders);
  return [...before, dataName([path])].join('/');
}
