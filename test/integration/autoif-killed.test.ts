import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { autoifFolder, autoifResult, autoifScript, autoifSummary } from '../support/autoif.js';
import { runCli } from '../support/run-cli.js';
import { ScriptedLlm } from '../support/scripted-llm.js';

const FILES = ['constraints', 'functions', 'verifiers', 'pairs', 'responses', 'sft', 'dpo'];

describe('AutoIF, killed with -9', { timeout: 120_000 }, () => {
  let llm: ScriptedLlm;
  let folder: string;
  let args: readonly string[];
  const runIn = (name: string): readonly string[] => [...args, '-o', join(folder, name)];

  beforeAll(async () => {
    llm = await ScriptedLlm.start(autoifScript, 15);
    const files = await autoifFolder();
    folder = files.folder;
    args = ['autoif', '--queries', files.queries, '--seeds', files.seeds, '--llm', `openai:scripted@${llm.baseUrl}`];
    args = [...args, '--prompts', llm.prompts, '--augment-requests', '3', '--queries-per-constraint', '4'];
    args = [...args, '--dpo', '--responses', '4', '--seed', '1', '--concurrency', '2', '--quiet'];
    expect((await runCli(runIn('whole'))).code).toBe(0);
  }, 120_000);
  afterAll(() => llm[Symbol.asyncDispose]());

  it.each([
    ['journal.jsonl', '"stage":"augment"'],
    ['journal.jsonl', '"stage":"write"'],
    ['verdicts.jsonl', '"'],
    ['journal.jsonl', '"stage":"back-translate"'],
    ['journal.jsonl', '"stage":"contradict"'],
    ['journal.jsonl', '"stage":"respond"'],
    ['journal.jsonl', '"stage":"grade"'],
  ])(
    'as soon as %s has %s: the same command ends with the same files, and asks for nothing twice',
    async (file, sign) => {
      const name = `killed-${sign.replaceAll(/\W+/g, '')}`;
      const path = join(folder, name, file);
      const { signal } = await runCli(runIn(name), {
        started: (child) => {
          const watch = setInterval(() => {
            if (existsSync(path) && readFileSync(path, 'utf8').includes(sign)) child.kill('SIGKILL');
          }, 2);
          child.once('exit', () => clearInterval(watch));
        },
      });
      expect(signal).toBe('SIGKILL');
      const { code, stderr } = await runCli(runIn(name));
      expect([code, stderr]).toEqual([0, '']);
      expect(await autoifResult(join(folder, name), FILES)).toEqual(await autoifResult(join(folder, 'whole'), FILES));
      const [again, whole] = [autoifSummary(join(folder, name)), autoifSummary(join(folder, 'whole'))];
      expect(again.start.requests).toBeLessThan(whole.start.requests);
      expect(again.start.requests + again.start.journaled).toBe(whole.start.requests + whole.start.journaled);
    },
  );
});
