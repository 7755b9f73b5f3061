import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instructions, judgeFolder, judgeSummary } from '../support/judged.js';
import { runCli } from '../support/run-cli.js';
import { readJsonLines } from '../support/scored-rows.js';
import { ScriptedLlm, type Script } from '../support/scripted-llm.js';

let rewritings = 0;

/** Makes something of instructions by its own methods only; finds fault with all, and writes others; sums up what it wrote. */
const script: Script = ({ prompt, instruction, method }) => {
  if (prompt === 'analyse') return 'It is too vague.';
  if (prompt === 'rewrite-method')
    return `#New Method#\n${['Add a constraint', 'Deepen it', 'Say nothing'][rewritings++ % 3]}, way ${rewritings}.`;
  if (prompt === 'name-method') {
    if (method.startsWith('Say nothing')) return 'I would rather not sum that up in so few words as you want.';
    return `Keyword: ${method.startsWith('Add') ? (method.length % 2 === 0 ? 'Add Constraints' : 'add constraint') : 'Deepen'}`;
  }
  if (method !== undefined && !/^(?:Add|Deepen)/.test(method)) return `#Final Instruction#\n${instruction}`;
  return `#Final Instruction#\n${instruction} Say why each of them ends there, and what would change if it did not.`;
};

describe('evosift judge keywords', { timeout: 120_000 }, () => {
  let llm: ScriptedLlm;
  beforeAll(async () => {
    llm = await ScriptedLlm.start(script);
  });
  afterAll(() => llm[Symbol.asyncDispose]());
  const asking = (): readonly string[] => ['--llm', `openai:scripted@${llm.baseUrl}`, '--prompts', llm.prompts];

  it('sums up the methods that a run of Auto-Evol wrote, and counts them by who wrote them', async () => {
    const { at } = await judgeFolder({ 'rows.jsonl': instructions(12) });
    const evolve = ['evolve', at('rows.jsonl'), ...asking(), '--method', 'auto', '--optimise', '-o', at('evolved')];
    const few = ['--steps', '2', '--batch', '3', '--candidates', '4', '--development', '4', '--seed', '1'];
    const evolved = await runCli([...evolve, ...few, '--quiet']);
    expect([evolved.code, evolved.stderr]).toEqual([0, '']);
    const args = [
      'judge',
      'keywords',
      at('evolved'),
      ...asking(),
      '--run',
      at('run'),
      '-o',
      at('out.jsonl'),
      '--retries',
      '0',
    ];
    const { code, stdout } = await runCli([...args, '--json']);
    expect(code).toBe(0);
    const lines = readJsonLines<{ run: string; generator: string; counted_as: string | null }>(at('out.jsonl'));
    expect(lines.length).toBeGreaterThanOrEqual(3);
    expect(new Set(lines.map(({ run, generator }) => `${run} ${generator}`))).toEqual(
      new Set(['evolved openai:scripted']),
    );
    const of = (keyword: string | null): number => lines.filter(({ counted_as }) => counted_as === keyword).length;
    expect(JSON.parse(stdout).generators['openai:scripted']).toMatchObject({
      rows: lines.length,
      judged: lines.length - of(null),
      unjudged: { unparsable: of(null) },
      distinct: 2,
      keywords: expect.arrayContaining([
        { keyword: expect.stringMatching(/^(?:Add Constraints|add constraint)$/), count: of('add constraint') },
        { keyword: 'Deepen', count: of('deepen') },
      ]),
    });
    expect(of('add constraint') + of('deepen') + of(null)).toBe(lines.length);
    const twice = await runCli(['judge', 'keywords', at('evolved'), join(at('evolved'), '.'), ...asking()]);
    expect([twice.code, twice.stderr]).toEqual([2, expect.stringContaining('is the same run as one before it')]);
    const before = llm.asked.length;
    expect((await runCli(args)).code).toBe(0);
    expect(llm.asked.length).toBe(before);
    expect(judgeSummary(at('run')).start).toMatchObject({ requests: 0, journaled: lines.length });
  });

  it('says which run holds no methods, and why', async () => {
    const { at } = await judgeFolder({ 'rows.jsonl': instructions(3) });
    expect((await runCli(['evolve', at('rows.jsonl'), ...asking(), '-o', at('evol'), '--quiet'])).code).toBe(0);
    const plain = ['evolve', at('rows.jsonl'), ...asking(), '--method', 'auto', '-o', at('plain'), '--quiet'];
    // Nothing comes of the first method's evolutions.
    expect((await runCli(plain)).code).toBe(1);
    expect((await runCli(['score', at('rows.jsonl'), '-m', 'pocket', '-o', at('scored')])).code).toBe(0);
    const judged = async (run: string) => {
      const { code, stderr } = await runCli(['judge', 'keywords', run, ...asking(), '--run', at('run')]);
      return [code, stderr];
    };
    const remedy = 'Name a run of `evosift evolve` whose method is auto.';
    const said = (run: string, why: string) => [
      1,
      expect.stringContaining(`${run} holds no methods: ${why}\n${remedy}`),
    ];
    expect(await judged(at('evol'))).toEqual(said(at('evol'), 'its rows were evolved by method evol.'));
    expect(await judged(at('plain'))).toEqual(said(at('plain'), 'none was written beside the one that it began with.'));
    expect(await judged(at('scored'))).toEqual(said(at('scored'), 'it is a run of `evosift score`.'));
    expect(await judged(at('rows.jsonl'))).toEqual(said(at('rows.jsonl'), 'it is no run.'));
    await mkdir(join(at('plain'), 'methods'), { recursive: true });
    await writeFile(join(at('plain'), 'methods', '0001-step-1-candidate-1.json'), '{"id": 1');
    expect(await judged(at('plain'))).toEqual([1, expect.stringContaining('0001-step-1-candidate-1.json is no trial')]);
  });
});
