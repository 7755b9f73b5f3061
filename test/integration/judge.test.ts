import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instructions, judgeFolder, judgeResult, judgeSummary, numberOf } from '../support/judged.js';
import { runCli } from '../support/run-cli.js';
import { readJsonLines } from '../support/scored-rows.js';
import { ScriptedLlm, type Script } from '../support/scripted-llm.js';

const LEVELS = ['very easy', 'easy', 'medium', 'hard', 'very hard'];

/** Levels go around; of seven rows one never gets an answer that holds a level, and one only at the second asking. */
const script: Script = ({ prompt, instruction, body }) => {
  const number = numberOf(instruction);
  if (number % 7 === 6 || (number % 7 === 5 && body.temperature === 0)) return 'I would rather talk about trains.';
  if (prompt === 'judge-score') return `It is clear.\nScore: ${(number * 13) % 101}`;
  return `One must know rivers.\nDifficulty: ${LEVELS[number % 5]}`;
};

interface Verdict {
  readonly hash: string;
  readonly index: number;
  readonly difficulty: number | null;
  readonly difficulty_level: string | null;
  readonly judge_score: number | null;
  readonly reason: string | null;
}

describe('evosift judge', { timeout: 120_000 }, () => {
  let llm: ScriptedLlm;
  beforeAll(async () => {
    llm = await ScriptedLlm.start(script);
  });
  afterAll(() => llm[Symbol.asyncDispose]());
  const asking = (): readonly string[] => ['--llm', `openai:scripted@${llm.baseUrl}`, '--prompts', llm.prompts];

  it('difficulty: a line for each row, its number, and why there is none', async () => {
    const { at } = await judgeFolder({ 'rows.jsonl': [...instructions(13), { instruction: ' ', output: 'x' }] });
    const args = ['judge', 'difficulty', at('rows.jsonl'), ...asking(), '--run', at('run'), '-o', at('out.jsonl')];
    const { code, stdout } = await runCli([...args, '--json']);
    expect(code).toBe(0);
    const lines = readJsonLines<Verdict>(at('out.jsonl'));
    expect(lines.map(({ index }) => index)).toEqual(Array.from({ length: 14 }, (_, index) => index));
    for (const { index, difficulty, difficulty_level, reason } of lines.slice(0, 13)) {
      const level = index % 7 === 6 ? null : LEVELS[index % 5]!.replace(' ', '_');
      expect(difficulty_level).toBe(level);
      expect(difficulty).toBe(level === null ? null : (index % 5) + 1);
      expect(reason).toBe(level === null ? 'unparsable' : null);
    }
    expect(lines[13]).toMatchObject({ difficulty: null, difficulty_level: null, reason: 'empty_instruction' });
    const counts = { very_easy: 3, easy: 2, medium: 3, hard: 2, very_hard: 2 };
    const expected = { rows: 14, judged: 12, unjudged: { empty_instruction: 1, unparsable: 1 }, levels: counts };
    expect(JSON.parse(stdout)).toMatchObject({
      ...expected,
      // (3*1 + 2*2 + 3*3 + 2*4 + 2*5) / 12
      mean_difficulty: 34 / 12,
      datasets: { 'rows.jsonl': expected },
      complete: true,
      out: at('run'),
      verdicts: at('out.jsonl'),
    });
    // Rows 5 and 12 at the second asking, 6 at neither.
    expect(judgeSummary(at('run')).start.requests).toBe(13 + 1 + 2);
    expect(existsSync(join(at('run'), 'verdicts.jsonl'))).toBe(false);
  });

  it("verdicts join a ranking's rows by their hash", async () => {
    const { at } = await judgeFolder({ 'rows.jsonl': instructions(12) });
    expect((await runCli(['score', at('rows.jsonl'), '-m', 'pocket', '-o', at('scored')])).code).toBe(0);
    for (const kind of ['difficulty', 'score']) {
      const args = ['judge', kind, at('rows.jsonl'), ...asking(), '--run', at(kind), '-o', at(`${kind}.jsonl`)];
      expect((await runCli(args)).code).toBe(0);
    }
    const hashes = readJsonLines<Verdict>(join(at('scored'), 'scores.jsonl')).map(({ hash }) => hash);
    expect(readJsonLines<Verdict>(at('difficulty.jsonl')).map(({ hash }) => hash)).toEqual(hashes);

    const rank = ['rank', at('scored'), '-o', at('best.jsonl')];
    const hard = [...rank, '--join', at('difficulty.jsonl'), '--where', 'difficulty >= 4', '--by', 'difficulty'];
    expect((await runCli(hard)).code).toBe(0);
    const numbers = readJsonLines<{ instruction: string }>(at('best.jsonl')).map((row) => numberOf(row.instruction));
    expect(numbers).toEqual([4, 9, 3, 8]);
    const top = [...rank, '--join', at('score.jsonl'), '--by', 'judge_score', '--top', '2'];
    expect((await runCli(top)).code).toBe(0);
    // 13 * 7 = 91, and 13 * 5 = 65 before 13 * 12 % 101 = 55: but 5 is asked twice, and has its score then.
    const best = readJsonLines<{ instruction: string }>(at('best.jsonl')).map((row) => numberOf(row.instruction));
    expect(best).toEqual([7, 5]);
  });

  it('conversations have the hash of their scores, whoever speaks last', async () => {
    const turns = (...contents: readonly string[]) => ({
      messages: contents.map((content, turn) => ({ role: turn % 2 === 0 ? 'user' : 'assistant', content })),
    });
    const rows = [turns('Name 1 river.', 'The Po.'), turns('Name 2 rivers.', 'The Po, the Don.', 'Name 3 rivers.')];
    const { at } = await judgeFolder({ 'rows.jsonl': rows });
    await runCli(['score', at('rows.jsonl'), '-m', 'pocket', '-o', at('scored')]);
    expect((await runCli(['judge', 'score', at('rows.jsonl'), ...asking(), '--run', at('run')])).code).toBe(0);
    const hashes = readJsonLines<Verdict>(join(at('scored'), 'scores.jsonl')).map(({ hash }) => hash);
    const verdicts = readJsonLines<Verdict>(join(at('run'), 'verdicts.jsonl'));
    expect(verdicts.map(({ hash }) => hash)).toEqual(hashes);
    expect(hashes.every((hash) => /^[0-9a-f]{32}$/.test(hash))).toBe(true);
    // The last question is judged.
    expect(verdicts.map((verdict) => verdict.judge_score)).toEqual([13, 39]);
    expect(judgeSummary(at('run'))['ignored']).toEqual({ history: 1 });
  });

  it('an evolution is counted by its rounds, operations and generators', async () => {
    const lineage = (number: number) => ({
      id: `${number}.g.1.0`,
      lineage: String(number),
      round: 1 + (number % 2),
      evosift: { op: number < 3 ? 'deepening' : 'breadth', generator: 'Gemma_2b', parent: String(number) },
    });
    const rows = instructions(5).map((row, number) => ({ ...row, ...lineage(number) }));
    const { at } = await judgeFolder({ 'rows.jsonl': rows });
    const args = ['judge', 'score', at('rows.jsonl'), ...asking(), '--run', at('run')];
    const { code, stdout } = await runCli([...args, '--json']);
    expect(code).toBe(0);
    const summary = JSON.parse(stdout);
    expect(Object.keys(summary.rounds)).toEqual(['1', '2']);
    expect(summary.rounds['2']).toMatchObject({ rows: 2, judged: 2, mean_score: (13 + 39) / 2 });
    expect(summary.operations.deepening).toMatchObject({ rows: 3, mean_score: (0 + 13 + 26) / 3 });
    expect(summary.generators['Gemma_2b']).toMatchObject({ rows: 5, tens: [1, 1, 1, 1, 0, 1, 0, 0, 0, 0] });
    expect(readJsonLines(join(at('run'), 'verdicts.jsonl'))).toHaveLength(5);
  });

  it('killed with -9: the same command ends with the same bytes, and asks for nothing twice', async () => {
    await using slow = await ScriptedLlm.start(script, 15);
    const { at } = await judgeFolder({ 'rows.jsonl': instructions(60) });
    const asked = ['judge', 'difficulty', at('rows.jsonl'), '--llm', `openai:scripted@${slow.baseUrl}`, '--quiet'];
    const args = [...asked, '--prompts', slow.prompts, '--concurrency', '2'];
    const runIn = (name: string): readonly string[] => [...args, '--run', at(name), '-o', at(`${name}.jsonl`)];
    expect((await runCli(runIn('whole'))).code).toBe(0);
    const journal = join(at('killed'), 'journal.jsonl');
    const { signal } = await runCli(runIn('killed'), {
      started: (child) => {
        const watch = setInterval(() => {
          if (existsSync(journal) && readFileSync(journal, 'utf8').split('\n').length > 20) child.kill('SIGKILL');
        }, 2);
        child.once('exit', () => clearInterval(watch));
      },
    });
    expect(signal).toBe('SIGKILL');
    expect(existsSync(at('killed.jsonl'))).toBe(false);
    const { code, stderr } = await runCli(runIn('killed'));
    expect([code, stderr]).toEqual([0, '']);
    expect(await judgeResult(at('killed'), at('killed.jsonl'))).toEqual(
      await judgeResult(at('whole'), at('whole.jsonl')),
    );
    const [again, whole] = [judgeSummary(at('killed')), judgeSummary(at('whole'))];
    expect(again.start.requests).toBeLessThan(whole.start.requests);
    expect(again.start.requests + again.start.journaled).toBe(whole.start.requests);

    const replay = ['judge', 'difficulty', at('rows.jsonl'), '--llm', `replay:${journal}`, '--prompts', slow.prompts];
    expect((await runCli([...replay, '--run', at('replayed'), '-o', at('replayed.jsonl'), '--quiet'])).code).toBe(0);
    expect(await judgeResult(at('replayed'), at('replayed.jsonl'))).toEqual(
      await judgeResult(at('whole'), at('whole.jsonl')),
    );
  });

  it('a judge that answers nonsense for ever is stopped; the same command goes on', async () => {
    let mad = true;
    await using judge = await ScriptedLlm.start((asked) => (mad ? '\u0000 trains! {"difficulty": ' : script(asked)));
    const { at } = await judgeFolder({ 'rows.jsonl': instructions(300) });
    const args = ['judge', 'difficulty', at('rows.jsonl'), '--llm', `openai:scripted@${judge.baseUrl}`];
    const all = [
      ...args,
      '--prompts',
      judge.prompts,
      '--run',
      at('run'),
      '-o',
      at('out.jsonl'),
      '--max-unparsable',
      '20',
    ];
    writeFileSync(at('out.jsonl'), 'before\n');
    // Silent or not, a stop is told.
    const { code, stderr, stdout } = await runCli([...all, '--concurrency', '4', '--quiet']);
    expect(code).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toContain('20 answers in a row hold no verdict, the last one "\\u0000 trains!');
    expect(stderr).toContain('--max-unparsable');
    expect(stderr).toContain(`${at('run')} keeps what is done, and the same command goes on; `);
    expect(readFileSync(at('out.jsonl'), 'utf8')).toBe('before\n');
    expect(judge.asked.length).toBeGreaterThanOrEqual(20);
    // Besides what was under way; there are 300 rows to ask about.
    expect(judge.asked.length).toBeLessThan(60);
    expect(judgeSummary(at('run'))).toMatchObject({ complete: false, judged: 0 });

    mad = false;
    expect((await runCli(all)).code).toBe(0);
    const { judged, complete, unjudged } = judgeSummary(at('run'));
    expect([complete, judged + unjudged['unparsable']!]).toEqual([true, 300]);
    expect(judged).toBeGreaterThan(200);
  });

  it('says what would be sent, and sends nothing', async () => {
    const { at } = await judgeFolder({ 'rows.jsonl': [...instructions(6), { instruction: '', output: '' }] });
    const before = llm.asked.length;
    const args = ['judge', 'difficulty', at('rows.jsonl'), '--llm', `openai:scripted@${llm.baseUrl}`];
    const { code, stdout } = await runCli([...args, '--run', at('run'), '--dry-run', '--json']);
    expect(code).toBe(0);
    const { requests, samples } = JSON.parse(stdout);
    expect(requests.total).toBe(6);
    expect(samples).toHaveLength(1);
    expect(samples[0].messages[0].content).toContain('Name 0 rivers that flow into the Black Sea.');
    expect([llm.asked.length, existsSync(at('run'))]).toEqual([before, false]);
  });

  it.each([
    ['no data', () => ['--llm', 'openai:x@http://x/v1'], 'Name the data'],
    ['no generator', (data: string) => [data], 'Name a generator with --llm'],
    [
      'a file of verdicts that is read',
      (data: string) => [data, '--llm', 'openai:x@http://x/v1', '-o', data],
      '--out is ',
    ],
    ['standard output', (data: string) => [data, '--llm', 'openai:x@http://x/v1', '-o', '-'], 'the path of a file'],
    ['standard input without a run', () => ['-', '--llm', 'openai:x@http://x/v1'], 'name it by --run'],
  ])('%s is wrong usage', async (_name, args, message) => {
    const { at } = await judgeFolder({ 'rows.jsonl': instructions(2) });
    const { code, stderr } = await runCli(['judge', 'difficulty', ...args(at('rows.jsonl'))]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  it('its run is no data', async () => {
    const { at } = await judgeFolder({ 'rows.jsonl': instructions(2) });
    const args = ['judge', 'score', at('rows.jsonl'), ...asking(), '--run', at('run')];
    expect((await runCli(args)).code).toBe(0);
    const { code, stderr } = await runCli(['judge', 'score', at('run'), ...asking(), '--run', at('other')]);
    expect(code).toBe(1);
    expect(stderr).toContain('is a run of `evosift judge`, which makes no rows');
  });
});
