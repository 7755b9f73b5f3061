import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { llmCommand, requireData, type LlmArguments } from '../../../src/cli/llm-arguments.js';
import { configuredNames, separateSpecs } from '../../../src/cli/llm-command.js';

const temporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'evosift-llm-'));

const NAMES = new Set(['small', 'large']);

describe('separateSpecs', () => {
  it.each([
    ['--llm openai:a rows.jsonl', '--llm openai:a rows.jsonl'],
    ['--llm openai:a gguf:b replay:c rows.jsonl', '--llm openai:a --llm gguf:b --llm replay:c rows.jsonl'],
    ['--llm small large rows.jsonl', '--llm small --llm large rows.jsonl'],
    ['--llm small larger rows.jsonl', '--llm small larger rows.jsonl'],
    ['small --llm large ./small', 'small --llm large ./small'],
    ['--llm openai:a rows.jsonl openai:b', '--llm openai:a rows.jsonl openai:b'],
    ['--llm openai:a --limit 3 openai:b', '--llm openai:a --limit 3 openai:b'],
    ['--llm openai:a --llm small large', '--llm openai:a --llm small --llm large'],
    ['--llm rows.jsonl openai:a', '--llm rows.jsonl --llm openai:a'],
    ['--llm openai:a --respond rows.jsonl', '--llm openai:a --respond= rows.jsonl'],
    ['--llm openai:a --respond small rows.jsonl', '--llm openai:a --respond small rows.jsonl'],
    ['--respond --llm openai:a', '--respond= --llm openai:a'],
    ['--respond', '--respond='],
    ['--optimiser openai:a openai:b', '--optimiser openai:a openai:b'],
    ['--llm openai:a -- openai:b --respond', '--llm openai:a -- openai:b --respond'],
    ['', ''],
  ])('makes of `%s` `%s`', (given, expected) => {
    const words = (line: string): string[] => line.split(' ').filter((word) => word !== '');
    expect(separateSpecs(words(given), NAMES)).toEqual(words(expected));
  });
});

describe('a command that asks generators', () => {
  const parse = async (...argv: string[]): Promise<{ data: readonly string[]; llm: LlmArguments['llm'] }> => {
    let parsed: { data: readonly string[]; llm: LlmArguments['llm'] } | null = null;
    const command = llmCommand('respond', '', {}).action((data: readonly string[], { llm }: LlmArguments) => {
      parsed = { data, llm };
    });
    await command.parseAsync(argv, { from: 'user' });
    return parsed!;
  };

  it('knows the names of its configuration, wherever that stands, and keeps the order of the data', async () => {
    const config = join(await temporaryFolder(), 'llm.json');
    await writeFile(config, JSON.stringify({ generators: { small: {}, large: {} } }));
    const expected = { data: ['b.jsonl', 'a.jsonl'], llm: ['small', 'large'] };
    expect(await parse('--llm', 'small', 'large', 'b.jsonl', '--llm-config', config, 'a.jsonl')).toEqual(expected);
    expect(await parse(`--llm-config=${config}`, 'b.jsonl', 'a.jsonl', '--llm', 'small', 'large')).toEqual(expected);
    expect(await parse('--llm', 'small', 'large', 'b.jsonl', 'a.jsonl')).toEqual({
      data: ['large', 'b.jsonl', 'a.jsonl'],
      llm: ['small'],
    });
  });

  it.each(['{', '[]', 'null', '{"generators":null}', null])('finds no names in a file of %j', async (text) => {
    const config = join(await temporaryFolder(), 'llm.json');
    if (text !== null) await writeFile(config, text);
    expect([...configuredNames(config)]).toEqual([]);
  });
});

describe('requireData', async () => {
  const folder = await temporaryFolder();
  const [rows, llmConfig] = [join(folder, 'rows.jsonl'), join(folder, 'llm.json')];
  await writeFile(rows, '{}\n');
  await writeFile(llmConfig, JSON.stringify({ generators: { small: {}, large: {} } }));

  it('takes files, folders and globs', () => {
    const data = [rows, folder, join(folder, '*.jsonl')];
    expect(requireData(data, {})).toEqual(data);
  });

  it('leaves a missing file to the reader, where no name can have been meant', () => {
    expect(requireData(['missing.jsonl'], {})).toEqual(['missing.jsonl']);
  });

  it.each([
    [[], { llmConfig }, 'Name the data: files, globs, a directory or a run.'],
    [
      [rows, 'smal'],
      { llmConfig },
      `There is no file, folder or run smal, and it is no generator either (${llmConfig} has small, large).`,
    ],
    [
      ['opnai:m'],
      {},
      'There is no file, folder or run opnai:m, and it is no generator either (openai:…, gguf:… or replay:…).',
    ],
    [[rows, 'openai:m'], {}, 'openai:m stands among the data: put --llm right before it.'],
    [['small'], { llmConfig }, 'small stands among the data: put --llm right before it.'],
  ])('refuses %j with %j', (data, options, message) => {
    expect(() => requireData(data, options)).toThrow(message);
  });
});
