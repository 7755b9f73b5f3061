import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  autoif,
  measureOutputSpace,
  type AutoifOptions,
  type AutoifReport,
  parsePlans,
  rank,
  scoreFiles,
} from '../../src/index.js';
import type { GeneratorPlan } from '../../src/index.js';
import type { FunctionLine, PairLine, ResponseLine, VerifierLine } from '../../src/autoif/index.js';
import { autoifFolder, autoifResult, autoifScript, CONSTRAINTS } from '../support/autoif.js';
import { runCli } from '../support/run-cli.js';
import { readJsonLines } from '../support/scored-rows.js';
import { ScriptedLlm } from '../support/scripted-llm.js';

describe('AutoIF with a model that knows three constraints', { timeout: 60_000 }, () => {
  let llm: ScriptedLlm;
  let files: Awaited<ReturnType<typeof autoifFolder>>;
  let generator: GeneratorPlan;
  let report: AutoifReport & { readonly out: string };
  const options = (out: string): AutoifOptions => ({
    generator,
    queries: [files.queries],
    seeds: files.seeds,
    prompts: llm.prompts,
    augmentRequests: 2,
    queriesPerConstraint: 4,
    samples: 6,
    dpo: true,
    responses: 4,
    seed: 1,
    out: join(files.folder, out),
  });

  beforeAll(async () => {
    llm = await ScriptedLlm.start(autoifScript);
    files = await autoifFolder();
    [generator] = (await parsePlans([`openai:scripted@${llm.baseUrl}`])) as [GeneratorPlan];
    report = await autoif({ ...options('whole'), datasetInfo: true });
  }, 60_000);
  afterAll(() => llm[Symbol.asyncDispose]());

  const lines = <Line>(name: string): Line[] => readJsonLines<Line>(join(report.out, `${name}.jsonl`));

  it('has an output space, apart for each of its stages', async () => {
    const { answers, unmeasured, groups } = await measureOutputSpace(report.out, { scorer: { model: 'pocket' } });
    expect(unmeasured).toEqual([]);
    const stages = groups.filter(({ operation }) => operation === null);
    expect(stages.map(({ stage }) => stage)).toEqual([
      'augment',
      'back-translate',
      'contradict',
      'grade',
      'respond',
      'write',
    ]);
    expect(stages.reduce((sum, { answers: own }) => sum + own, 0)).toBe(answers);
    expect(answers).toBe(readJsonLines(join(report.out, 'journal.jsonl')).length);
  });

  it('takes the seeds and what the generator adds, each constraint once', () => {
    expect(report.funnel.constraints).toEqual({ in: 6, out: 3, dropped: { duplicate: 3 } });
    expect(lines<VerifierLine>('verifiers').map(({ constraint }) => constraint)).toEqual(CONSTRAINTS);
  });

  it('keeps the functions that agree with cases, and says why it drops the others', () => {
    const { functions, cases } = report.funnel;
    expect(functions.in).toBe(18);
    expect(Object.keys(functions.dropped).sort()).toEqual(['duplicate', 'inaccurate', 'unparsable']);
    expect(cases.dropped['output']).toBeGreaterThan(0);
    for (const { functions: kept } of lines<VerifierLine>('verifiers')) {
      expect(kept.length).toBeGreaterThan(0);
      for (const { accuracy } of kept) expect(accuracy).toBe(1);
    }
  });

  it('pairs each constraint with as many queries, the short one left out', () => {
    expect(report.funnel.queries).toEqual({ in: 13, out: 12, dropped: { too_short: 1 } });
    const pairs = lines<PairLine>('pairs');
    expect(pairs).toHaveLength(12);
    expect(new Set(pairs.map(({ query }) => query)).size).toBe(12);
  });

  it('makes rows of answers that their functions pass, and no others', () => {
    const responses = lines<ResponseLine>('responses');
    for (const { status, accuracy, grade, reason } of responses) {
      if (status === 'kept') expect([accuracy, grade]).toEqual([1, 9]);
      else expect(reason).not.toBeNull();
    }
    const sft = lines<Record<string, unknown>>('sft');
    expect(sft).toHaveLength(report.rows.sft);
    expect(report.rows.sft).toBeGreaterThan(3);
    for (const row of sft) {
      expect(row['instruction']).toMatch(/^Why does the tide[^\n]*\n(?:Write|End|Use)/);
      expect(row['verification']).toMatchObject({ accuracy: 1, grade: 9 });
    }
  });

  it('makes pairs of an answer that passes and one that fails', () => {
    const dpo = lines<{ prompt: string; chosen: string; rejected: string }>('dpo');
    expect(dpo).toHaveLength(report.rows.dpo);
    expect(dpo.length).toBeGreaterThan(3);
    for (const { chosen, rejected } of dpo) expect(chosen).not.toBe(rejected);
  });

  it('describes both files', async () => {
    const info = JSON.parse(await readFile(join(report.out, 'dataset_info.json'), 'utf8'));
    expect(info).toMatchObject({
      sft: { file_name: 'sft.jsonl', columns: { prompt: 'instruction', response: 'output' } },
      dpo: { file_name: 'dpo.jsonl', ranking: true, columns: { chosen: 'chosen', rejected: 'rejected' } },
    });
  });

  it('comes to the same files from the journal alone, offline', async () => {
    const [replay] = (await parsePlans([`replay:${join(report.out, 'journal.jsonl')}`])) as [GeneratorPlan];
    const asked = llm.asked.length;
    const again = await autoif({ ...options('replayed'), generator: replay });
    expect(llm.asked).toHaveLength(asked);
    const names = ['constraints', 'functions', 'verifiers', 'pairs', 'responses', 'sft', 'dpo'];
    expect(await autoifResult(again.out, names)).toEqual(await autoifResult(report.out, names));
  });

  it('stops at a budget wherever that is, and goes on to the same files', async () => {
    let stops = 0;
    for (;;) {
      try {
        await autoif({ ...options('stopped'), budgetRequests: 17 });
        break;
      } catch (error) {
        expect(error).toMatchObject({ code: 'budget_spent' });
        stops++;
      }
    }
    expect(stops).toBeGreaterThan(3);
    expect(await autoifResult(join(files.folder, 'stopped'))).toEqual(await autoifResult(report.out));
  });

  it('gives rows that score and rank take, with their verdicts', async () => {
    const args = [
      'autoif',
      '--queries',
      files.queries,
      '--seeds',
      files.seeds,
      '--llm',
      `openai:scripted@${llm.baseUrl}`,
    ];
    const more = [
      '--prompts',
      llm.prompts,
      '--augment-requests',
      '2',
      '--queries-per-constraint',
      '4',
      '--samples',
      '6',
    ];
    const rest = ['--dpo', '--responses', '4', '--seed', '1', '--score', '-m', 'pocket', '--json'];
    const [run, again] = [join(files.folder, 'scored'), join(files.folder, 'again')];
    const scored = await runCli([...args, ...more, ...rest, '-o', run]);
    expect(scored.code).toBe(0);
    expect(JSON.parse(scored.stdout)).toMatchObject({ rows: report.rows });
    const whole = await runCli(['score', run, '-m', 'pocket', '-o', again, '--json']);
    expect(JSON.parse(whole.stdout)).toMatchObject({ scored: report.rows.sft });
    const where = "verification->>'accuracy' = '1'";
    const best = await runCli(['rank', run, '--top', '50%', '--where', where, '-o', '-', '--quiet']);
    expect(best.code).toBe(0);
    const rows = best.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows).toHaveLength(Math.round(report.rows.sft / 2));
    expect(rows[0]).toMatchObject({ verification: { grade: 9 }, evosift: { status: 'scored' } });
  });

  it('scores its rows, which score and rank take in the same process', async () => {
    const scored = await autoif({ ...options('scored-here'), scorer: { model: 'pocket' } });
    const out = join(files.folder, 'best-here.jsonl');
    const again = await scoreFiles({
      scorer: { model: 'pocket' },
      data: [scored.out],
      out: join(files.folder, 'again-here'),
    });
    expect(again.scored).toBe(report.rows.sft);
    const summary = await rank({ run: scored.out, out, top: '50%', where: "verification->>'accuracy' = '1'" });
    expect(summary.rows).toBe(report.rows.sft);
    const [row] = readJsonLines<Record<string, unknown>>(out);
    expect(row).toMatchObject({ verification: { grade: 9 }, evosift: { status: 'scored' } });
  });

  it.each([
    ['a list of answers', (id: string, good: string, bad: string) => [{ id, responses: [good, bad] }]],
    [
      'a row for each answer',
      (id: string, good: string, bad: string) => [good, bad].map((response) => ({ id, response })),
    ],
    [
      'rows as respond writes them',
      (id: string, good: string, bad: string) => [good, bad].map((output) => ({ id, instruction: 'Why?', output })),
    ],
  ])('takes verifiers of an earlier run, and answers from a file: %s', async (_, rowsOf) => {
    const pairs = lines<PairLine>('pairs');
    const [unanswered, ...others] = pairs;
    const answers = others.flatMap(({ id }): readonly object[] =>
      rowsOf(id, 'WHO ELSE THAN THE MOON?', 'the moon in 2 days'),
    );
    const responsesFile = join(files.folder, 'answers.jsonl');
    await writeFile(responsesFile, answers.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const asked = llm.asked.length;
    const made = await autoif({
      queries: [files.queries],
      verifiers: report.out,
      responsesFile,
      quality: 'off',
      queriesPerConstraint: 4,
      dpo: true,
      seed: 1,
      out: join(files.folder, 'online'),
      force: true,
    });
    expect(llm.asked).toHaveLength(asked);
    expect(readJsonLines(join(made.out, 'pairs.jsonl'))).toEqual(pairs);
    expect(made.funnel.responses).toEqual({ in: 23, out: 22, dropped: { no_response: 1 } });
    const dropped = readJsonLines<ResponseLine>(join(made.out, 'responses.jsonl')).filter(
      ({ pair }) => pair === unanswered!.id,
    );
    expect(dropped).toMatchObject([{ status: 'dropped', reason: 'no_response' }]);
    expect(made.rows).toEqual({ sft: 11, dpo: 11 });
  });

  it('says of every query and answer that is left out why', () => {
    expect(lines('queries')).toEqual([{ index: 0, status: 'dropped', reason: 'too_short' }]);
    const reasons = Object.values(report.funnel).flatMap(({ dropped }) => Object.keys(dropped));
    expect(reasons).toContain('outdone');
    const outdone = lines<ResponseLine>('responses').filter(({ reason }) => reason === 'outdone');
    expect(outdone).toHaveLength(report.funnel.sft.dropped['outdone']!);
  });

  it('leaves out functions of a file that cannot check anything, and refuses where none is left', async () => {
    const file = join(files.folder, 'functions.jsonl');
    const good = "def evaluate(response):\n    return response.endswith('!')";
    const line = (constraint: string, ...functions: string[]): string =>
      `${JSON.stringify({ constraint, functions })}\n`;
    await writeFile(file, line('Shout.', good, 'def evaluate(response)', 'import nowhere') + line('Whisper.', 'x = 1'));
    const warnings: string[] = [];
    const logger = {
      debug: () => {},
      info: () => {},
      error: () => {},
      warn: (_: object, message: string) => warnings.push(message),
    };
    const given = {
      queries: [files.queries],
      verifiers: file,
      responses: 0,
      queriesPerConstraint: 2,
      force: true,
      logger,
    };
    const { out, funnel } = await autoif({ ...given, out: join(files.folder, 'pairs') });
    expect(funnel.functions).toEqual({ in: 4, out: 1, dropped: { broken: 3 } });
    expect(funnel.pairs.out).toBe(2);
    expect(readJsonLines<FunctionLine>(join(out, 'functions.jsonl')).map(({ detail }) => detail)).toEqual([
      null,
      expect.stringContaining('SyntaxError'),
      'there is no module nowhere',
      'NameError: no function `evaluate` is defined',
    ]);
    expect(warnings).toEqual([expect.stringContaining("3 of its functions can't be used (SyntaxError")]);
    await writeFile(file, line('Whisper.', 'x = 1'));
    await expect(autoif({ ...given, out: join(files.folder, 'none') })).rejects.toMatchObject({ code: 'bad_data' });
  });

  it('goes on where a callback fails that is told of progress', async () => {
    const errors: string[] = [];
    const logger = {
      debug: () => {},
      info: () => {},
      warn: () => {},
      error: (_: object, message: string) => errors.push(message),
    };
    const onProgress = (): void => {
      throw new Error('no terminal');
    };
    await autoif({ ...options('untold'), onProgress, logger });
    expect(errors).toEqual(['onProgress failed (no terminal); it is told nothing more']);
  });

  it('refuses to go on with another preset in the same directory', async () => {
    await expect(autoif({ ...options('whole'), preset: 'qwen' })).rejects.toMatchObject({ code: 'run_mismatch' });
  });
});

describe('AutoIF on functions that a model wrote', { timeout: 60_000 }, () => {
  interface Sampled {
    readonly instruction: string;
    readonly 'gpt-answer': readonly string[];
  }
  interface Reference {
    readonly functions: Readonly<Record<string, number>>;
    readonly cases: number;
  }
  const fixture = <Line>(name: string): Line[] =>
    readJsonLines<Line>(join(import.meta.dirname, '../fixtures/autoif', name));

  it.each([
    ['off', 0, 40],
    ['>0.5', 0.5000001, 40],
    ['>=0.8', 0.8, 40],
  ])('keeps with --accuracy %s those that Python keeps by the same rule', async (accuracy, least, samples) => {
    const published = fixture<Sampled>('eval_func_rft.jsonl');
    const reference = fixture<Reference>('cross-validated.jsonl');
    const turns = new Map<unknown, number>();
    await using llm = await ScriptedLlm.start(({ prompt, variables }) => {
      if (prompt !== 'write-verifier') return 'Score: 10';
      const { constraint } = variables;
      const turn = turns.get(constraint) ?? 0;
      turns.set(constraint, turn + 1);
      return published.find(({ instruction }) => instruction === constraint)!['gpt-answer'][turn]!;
    });
    const { folder, queries } = await autoifFolder();
    const seeds = join(folder, 'published.jsonl');
    await writeFile(seeds, published.map(({ instruction }) => `${JSON.stringify({ instruction })}\n`).join(''));
    const [generator] = (await parsePlans([`openai:scripted@${llm.baseUrl}`])) as [GeneratorPlan];
    const { funnel, out } = await autoif({
      generator,
      queries: [queries],
      seeds,
      prompts: llm.prompts,
      augment: 'off',
      accuracy,
      backTranslations: 0,
      queriesPerConstraint: 1,
      out: join(folder, 'run'),
    });
    expect(funnel.functions.in).toBe(samples);
    const verifiers = readJsonLines<VerifierLine>(join(out, 'verifiers.jsonl'));
    for (const [place, { functions, cases }] of verifiers.entries()) {
      const { functions: known, cases: kept } = reference[place]!;
      const expected = Object.entries(known).filter(([, value]) => value >= least);
      expect(Object.fromEntries(functions.map(({ id, accuracy: own }) => [id, own]))).toEqual(
        Object.fromEntries(expected),
      );
      expect(cases).toHaveLength(kept);
    }
  });
});
