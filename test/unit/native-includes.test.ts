import { readdirSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** The folders of native/, from the bottom to the top: each may include those below it, and none beside it. */
const LEVELS = [
  ['base'],
  ['kernels', 'model'],
  ['device'],
  ['graph'],
  ['engine', 'host_twin'],
  ['addon', 'bench', 'cuda', 'fuzz'],
  ['test'],
];

/** Files of a folder by suffix, by their path from ROOT. */
const filesOf = (folder: string, suffix: RegExp): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => suffix.test(file))
    .map((file) => join(folder, file));

const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** What a source includes in quotes, by its path from ROOT. */
const includesOf = (file: string, text: string): string[] =>
  [...text.matchAll(/^\s*#\s*include\s+"([^"]+)"/gm)].map(([, path]) => normalize(join(file, '..', path!)));

const folderOf = (file: string): string => file.split('/')[1]!;
const levelOf = (file: string): number => LEVELS.findIndex((folders) => folders.includes(folderOf(file)));

/** Of a source's includes, those that do not run downwards, each in a line. */
const upward = (file: string, text = textOf(file)): string[] =>
  includesOf(file, text)
    .filter((included) => folderOf(included) !== folderOf(file) && levelOf(included) >= levelOf(file))
    .map((included) => `${file} includes ${included}`);

const SOURCES = filesOf('native', /\.(h|cc|cu)$/);

describe('includes of native/', () => {
  it('run from the top to the bottom', () => {
    expect(SOURCES.length).toBeGreaterThan(100);
    expect(SOURCES.flatMap((file) => upward(file))).toEqual([]);
  });

  it('are of files that exist, in folders that have a place', () => {
    expect(new Set(SOURCES.map(folderOf))).toEqual(new Set(LEVELS.flat()));
    const missing = SOURCES.flatMap((file) =>
      includesOf(file, textOf(file)).filter((included) => !SOURCES.includes(included)),
    );
    expect(missing).toEqual([]);
  });

  it.each([
    ['native/kernels/norm.h', '#include "../model/architecture.h"'],
    ['native/model/weights.h', '#include "../kernels/norm.h"'],
    ['native/base/error.h', '#include "../engine/threads.h"'],
    ['native/device/cuda/cuda_lane.h', '  #  include "../../graph/decoder.h"'],
    ['native/addon/addon.cc', '#include "../bench/kernel_bench.h"'],
    ['native/cuda/library.cc', '#include "../bench/cuda/cuda_bench.h"'],
  ])('may not add to %s: %s', (file, line) => {
    expect(upward(file, `${textOf(file)}\n${line}\n`)).toHaveLength(1);
  });

  it('name the host twin where the kernels meet their machine, and nowhere else', () => {
    const twin = SOURCES.filter((file) => /#\s*include\s+<host_twin\.h>/.test(textOf(file)));
    expect(twin).toEqual(['native/kernels/cuda_portability.h']);
  });
});

describe('every TEST of native/test', () => {
  const rows = ['test/native', 'test/endurance', 'test/cuda'].flatMap((folder) => filesOf(folder, /\.test\.ts$/));
  const texts = rows.map(textOf).join('\n');

  /** A row of a table or a name by itself: no argument of a call, such as fixture('goldens'). */
  const isRow = (name: string): boolean => new RegExp(`(^\\s*|[[=]\\s*|', )'${name}'[,;\\]]`, 'm').test(texts);

  it.each(
    SOURCES.filter((file) => file.startsWith('native/test/')).flatMap((file) =>
      [...textOf(file).matchAll(/^TEST\((\w+)\)/gm)].map(([, name]) => [file, name!]),
    ),
  )('%s: %s is run', (_, name) => {
    expect(isRow(name)).toBe(true);
  });
});
