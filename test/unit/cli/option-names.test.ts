import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyzeCommand } from '../../../src/cli/analyze.js';
import { evolveCommand } from '../../../src/cli/evolve.js';
import { inFlags } from '../../../src/cli/option-names.js';

// A command brings the names of its flags.
evolveCommand();

describe('inFlags', () => {
  it.each([
    ['give another `out`, or `force` to start over', 'give another --out, or --force to start over'],
    ['`maxLength` must be 2, `preset` too', '--max-length must be 2, --auto-preset too'],
    ['Drop `engine: onnx` to run its safetensors.', 'Drop --engine onnx to run its safetensors.'],
    ['`specs`: two; give each a name in `configFile`', '--llm: two; give each a name in --llm-config'],
    ['`data` is missing', 'DATA is missing'],
  ])('makes of %s %s', (message, expected) => {
    expect(inFlags(message)).toBe(expected);
  });

  it.each(['finish its `evosift score` first', 'there is no column `weather`', '`toString`', 'a `', '``'])(
    'leaves %s as it is',
    (message) => {
      expect(inFlags(message)).toBe(message);
    },
  );
});

it('a flag of the command itself goes before what others call an option', () => {
  expect(inFlags('`generator` is missing')).toBe('--llm is missing');
  analyzeCommand();
  expect(inFlags('say by `generator` whose `model` that is')).toBe('say by --generator whose -m that is');
});

it('a message of the library names no flag: a program has none', () => {
  const root = join(import.meta.dirname, '../../../src');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.ts') && !/^(?:cli|bench)\/|^sandbox\/bubblewrap/.test(path),
  );
  expect(files.length).toBeGreaterThan(200);
  // Bubblewrap is told all by flags. What a row's outcome says to do with it, flags that belong to other programs, and the script that a build is made with.
  const foreign =
    /score them with aligned --template chat|optimum-cli export onnx --task|npm install --include|esbuild: --external|evosift doctor --|pull .*--revision|trl sft --config|^\s*(?:\.\.\.\(cuda \? \[)?'--(?:out|cuda)|'--check'|--security-opt|\['--version'\]|'--no-experimental-require-module'/;
  const found = files.flatMap((path) =>
    readFileSync(join(root, path), 'utf8')
      .split('\n')
      .filter((line) => /(?:^|[^\w-])--[a-z][\w-]*/.test(line))
      .filter(
        (line) => !/^\s*(?:\*|\/\*|\/\/)/.test(line) && !/\b(?:flag|help): /.test(line) && !/numberOption\(/.test(line),
      )
      .filter((line) => !/--(?:this|depth)\b/.test(line) && !foreign.test(line))
      .map((line) => `${path}: ${line.trim()}`),
  );
  expect(found).toEqual([]);
});
