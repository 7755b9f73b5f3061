import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { refuseToReplace } from '../../../src/files/refuse-to-replace.js';
import { refuseRunFile } from '../../../src/runs/refuse-run-file.js';

const folder = mkdtempSync(join(tmpdir(), 'refuse-'));
const at = (...names: readonly string[]): string => join(folder, ...names);
mkdirSync(at('run'));
for (const name of ['run/manifest.json', 'run/lineage.jsonl', 'rows.jsonl']) writeFileSync(at(name), '{}\n');
symlinkSync('rows.jsonl', at('link.jsonl'));
symlinkSync('run', at('run-link'));
symlinkSync('run/lineage.jsonl', at('lineage-link'));

describe('A file of verdicts', () => {
  it('is none that is read, by whatever name', () => {
    const refused = (path: string): void => refuseToReplace('judge', 'verdicts', path, [at('link.jsonl')]);
    for (const name of ['rows.jsonl', 'link.jsonl', 'run/../rows.jsonl']) {
      expect(() => refused(at(name))).toThrow('which is read');
    }
    expect(() => refused(at('out.jsonl'))).not.toThrow();
  });

  it.each(['run/lineage.jsonl', 'run-link/manifest.json', 'lineage-link', 'run/journal.jsonl', 'own/journal.jsonl'])(
    'is not %s, of which a run is made',
    (name) => {
      expect(() => refuseRunFile('judge', 'verdicts', at(name), at('own'))).toThrow('which is a file of the run in');
    },
  );

  it.each(['own/verdicts.jsonl', 'run/difficulty.jsonl', 'journal.jsonl'])('may be %s', (name) => {
    expect(() => refuseRunFile('judge', 'verdicts', at(name), at('own'))).not.toThrow();
  });
});
