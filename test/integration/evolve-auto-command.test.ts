import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { datasetOf, resultOf, seedFolder } from '../support/evolution.js';
import { LoopbackLlm } from '../support/loopback-llm/loopback-llm.js';
import { runCli } from '../support/run-cli.js';

const OPTIMISED = ['--optimise', '--steps', '1', '--batch', '3', '--development', '4', '--candidates', '2'];

it('finds a method, keeps every one that it tried, and evolves by it', { timeout: 240_000 }, async () => {
  await using llm = await LoopbackLlm.start({
    answer: new URL('../support/loopback-llm/by-method.mjs', import.meta.url).href,
  });
  const { folder, data } = await seedFolder(10);
  const [run, later] = [join(folder, 'run'), join(folder, 'later')];
  const args = ['evolve', data, '--llm', llm.spec, '--method', 'auto', ...OPTIMISED, '-o', run];
  const { code, stderr } = await runCli(args);
  expect(stderr).toContain('method 0000-initial initial, 100 % of its rows fail');
  expect(code).toBe(0);
  expect(await readdir(join(run, 'methods'))).toEqual(
    expect.arrayContaining(['0000-initial.json', '0001-step-1-candidate-1.json', 'best.txt']),
  );
  expect(await readFile(join(run, 'methods', 'best.txt'), 'utf8')).toContain('Ask for one more thing');
  const rows = datasetOf(run);
  expect(rows).toHaveLength(10);
  expect(rows.every(({ evosift }) => evosift.op === 'auto')).toBe(true);

  const result = await resultOf(run);
  const { received } = await llm.stats();
  expect((await runCli(args)).code).toBe(0);
  expect((await llm.stats()).received).toBe(received);
  expect(await resultOf(run)).toEqual(result);

  const file = join(run, 'methods', 'best.txt');
  const again = ['evolve', data, '--llm', llm.spec, '--method', 'auto', '--method-file', file, '-o', later];
  expect((await runCli(again)).code).toBe(0);
  expect(datasetOf(later)).toEqual(rows);
});
