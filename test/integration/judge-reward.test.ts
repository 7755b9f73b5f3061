import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RewardVerdict } from '../../src/index.js';
import { datasetOf, seedFolder } from '../support/evolution.js';
import { fixture } from '../support/fixtures.js';
import { expectedRewards, REWARD_ROWS, rewardModel } from '../support/reward-model.js';
import { runCli } from '../support/run-cli.js';
import { readJsonLines } from '../support/scored-rows.js';

let model: string;
let folder: string;
beforeAll(async () => {
  model = await rewardModel();
  folder = await mkdtemp(join(tmpdir(), 'evosift-judge-'));
});

const verdictsOf = (path: string): RewardVerdict[] => readJsonLines<RewardVerdict>(path);
const summaryOf = (run: string): Record<string, unknown> => JSON.parse(readFileSync(join(run, 'summary.json'), 'utf8'));

/** `judge reward` in f32, with a run and a file of verdicts of the test's own. */
function judge(name: string, ...args: string[]) {
  const [run, verdicts] = [join(folder, name), join(folder, `${name}.jsonl`)];
  const all = ['judge', 'reward', ...args, '-m', model, '--dtype', 'f32', '--run', run, '-o', verdicts];
  return { run, verdicts, command: all, done: runCli(all) };
}

/** A data file of the test's own. */
function dataFile(name: string, rows: readonly object[]): string {
  const path = join(folder, `data-${name}`);
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return path;
}

describe('evosift judge reward', { timeout: 120_000 }, () => {
  it("has transformers' rewards and lengths, in input order, and sums them up", async () => {
    const { run, verdicts, done } = judge('plain', REWARD_ROWS);
    const { code, stderr, stdout } = await done;
    expect([code, stderr]).toEqual([0, '']);
    const [found, expected] = [verdictsOf(verdicts), expectedRewards()];
    expect(found.map(({ index }) => index)).toEqual(expected.map((_, index) => index));
    for (const [i, { score, tokens, tokens_answer }] of expected.entries()) {
      expect(found[i]).toMatchObject({ tokens, tokens_answer, reason: null });
      expect(Math.abs(found[i]!.reward! - score)).toBeLessThan(1e-4);
    }
    expect(stdout).toContain(`${verdicts}: ${expected.length} rows, ${expected.length} with a reward`);
    expect(summaryOf(run)).toMatchObject({ rows: expected.length, unscored: 0, complete: true });
  });

  it('with a limit has the first rows only, whatever the run has', async () => {
    const { run, verdicts, command, done } = judge('limited', REWARD_ROWS);
    expect((await done).code).toBe(0);
    expect((await runCli([...command, '--limit', '2'])).code).toBe(0);
    expect(verdictsOf(verdicts).map(({ index }) => index)).toEqual([0, 1]);
    expect(summaryOf(run)).toMatchObject({ rows: 2, complete: false });
  });

  it.each(['multiply', 'divide'] as const)('controls for length: %s', async (control) => {
    const { verdicts, done } = judge(`control-${control}`, REWARD_ROWS, '--length-control', control);
    expect((await done).code).toBe(0);
    const expected = expectedRewards();
    const mean = expected.reduce((sum, { tokens_answer }) => sum + tokens_answer, 0) / expected.length;
    for (const [i, { reward_length_controlled: controlled }] of verdictsOf(verdicts).entries()) {
      const { score, tokens_answer: length } = expected[i]!;
      const wanted = control === 'multiply' ? (score * length) / mean : (score / length) * mean;
      expect(Math.abs(controlled! - wanted)).toBeLessThan(1e-4 * Math.max(length / mean, mean / length));
    }
  });

  it('says of each row why it has no reward', async () => {
    const data = dataFile('reasons.jsonl', [
      { instruction: 'Name a river.', input: '', output: ' ' },
      { instruction: '', input: '', output: 'The Danube.' },
      { instruction: 'Name a river.', input: '', output: 'Danube '.repeat(2_000) },
      { messages: [{ role: 'user', content: 'Name a river.' }] },
      { instruction: 'Name a river.', input: '', output: 'The Danube.' },
    ]);
    const { run, verdicts, done } = judge('reasons', data);
    const { code, stdout } = await done;
    expect(code).toBe(0);
    expect(verdictsOf(verdicts).map(({ reason }) => reason)).toEqual([
      'empty_response',
      'empty_instruction',
      'too_long',
      'no_assistant_turn',
      null,
    ]);
    expect(verdictsOf(verdicts)[2]).toMatchObject({ reward: null, tokens: null, tokens_answer: null });
    expect(stdout).toContain('5 rows, 1 with a reward, 4 without a reward (');
    expect(summaryOf(run)['reasons']).toMatchObject({ empty_response: 1, too_long: 1 });
  });

  it('joins a ranking of the same rows', async () => {
    const scored = join(folder, 'scored');
    const { verdicts, done } = judge('joined', REWARD_ROWS);
    const score = ['score', REWARD_ROWS, '-m', 'pocket', '-r', 'aligned', '-o', scored, '--quiet'];
    expect([(await done).code, (await runCli(score)).code]).toEqual([0, 0]);
    const best = join(folder, 'best.jsonl');
    const rank = ['rank', scored, '--join', verdicts, '--by', 'reward', '--top', '3', '-o', best];
    expect((await runCli(rank)).code).toBe(0);
    const wanted = [...expectedRewards()].sort((a, b) => b.score - a.score).slice(0, 3);
    const ranked = readJsonLines<{ evosift: { reward: number } }>(best);
    expect(ranked.map(({ evosift }) => evosift.reward.toFixed(3))).toEqual(wanted.map(({ score: s }) => s.toFixed(3)));
  });

  it('killed with -9, ends with the same bytes at the same command', async () => {
    const data = fixture('rows/alpaca-cherry-3111.jsonl');
    const whole = judge('whole', data, '--length-control', 'divide', '--limit', '1000');
    expect((await whole.done).code).toBe(0);
    const name = 'killed';
    const [run, verdicts] = [join(folder, name), join(folder, `${name}.jsonl`)];
    const rewards = join(run, 'rewards.jsonl');
    const command = whole.command.map((word) => word.replace(/\/whole(?=$|\.jsonl$)/, `/${name}`));
    const { signal } = await runCli(command, {
      started: (child) => {
        const watch = setInterval(() => {
          if (existsSync(rewards) && statSync(rewards).size > 0) child.kill('SIGKILL');
        }, 2);
        child.once('exit', () => clearInterval(watch));
      },
    });
    expect(signal).toBe('SIGKILL');
    expect(existsSync(verdicts)).toBe(false);
    const before = statSync(rewards).size;
    expect(before).toBeLessThan(statSync(join(whole.run, 'rewards.jsonl')).size);
    // A line that was being written.
    writeFileSync(rewards, '{"index":', { flag: 'a' });
    expect((await runCli(command)).code).toBe(0);
    for (const file of ['rewards.jsonl', 'summary.json']) {
      expect(readFileSync(join(run, file), 'utf8')).toBe(readFileSync(join(whole.run, file), 'utf8'));
    }
    expect(readFileSync(verdicts, 'utf8')).toBe(readFileSync(whole.verdicts, 'utf8'));
    const { starts } = JSON.parse(readFileSync(join(run, 'manifest.json'), 'utf8')) as { starts: object[] };
    expect(starts[1]).toMatchObject({
      resumed_rows: readFileSync(rewards).subarray(0, before).toString().split('\n').length - 1,
    });
  });

  it('goes on where the limit grows, and takes other lengths from what is there', async () => {
    const first = judge('grown', REWARD_ROWS, '--limit', '5');
    expect((await first.done).code).toBe(0);
    expect(verdictsOf(first.verdicts)).toHaveLength(5);
    expect(summaryOf(first.run)['complete']).toBe(false);
    const { verdicts, done } = judge('grown', REWARD_ROWS, '--length-control', 'multiply');
    expect((await done).code).toBe(0);
    const found = verdictsOf(verdicts);
    expect(found).toHaveLength(expectedRewards().length);
    expect(found.every(({ reward_length_controlled: value }) => typeof value === 'number')).toBe(true);
  });
});

describe('judge reward, asked wrongly', { timeout: 120_000 }, () => {
  const refused = async (...args: string[]): Promise<string> => {
    const { code, stderr } = await runCli(['judge', 'reward', ...args]);
    expect(code).not.toBe(0);
    return stderr;
  };

  it('names what is wrong and what to do', async () => {
    const out = ['--run', join(folder, 'never'), '-o', join(folder, 'never.jsonl')];
    expect(await refused(REWARD_ROWS, '-m', 'pocket', ...out)).toMatch(
      /language model, .* no reward: take a reward model/,
    );
    const bare = await rewardModel({ template: false });
    expect(await refused(REWARD_ROWS, '-m', bare, ...out)).toMatch(/has no chat template, .*\n.*chat_template\.jinja/);
    expect(await refused(REWARD_ROWS, ...out)).toContain('Name a model with -m');
    expect(await refused('-m', model, ...out)).toContain('name files, globs, a directory or a run');
    expect(await refused(REWARD_ROWS, '-m', model, '-o', REWARD_ROWS)).toContain('which is read');
    expect(await refused(REWARD_ROWS, '-m', model, '--of', 'instruction', ...out)).toMatch(
      /was made by no evolution.*\n.*--evolution-prompt/,
    );
    expect(await refused(REWARD_ROWS, '-m', model, '--prompts', 'prompts', ...out)).toContain('--of instruction');
    expect(await refused(REWARD_ROWS, '-m', model, '--max-length', '100000', ...out)).toContain('more than the model');
    expect(existsSync(join(folder, 'never'))).toBe(false);
  });

  it('other commands say of a reward model that it gives no losses', async () => {
    const run = join(folder, 'no-losses');
    for (const args of [
      ['score', REWARD_ROWS, '-o', run],
      ['nll', '--text', REWARD_ROWS],
    ]) {
      const { code, stderr } = await runCli([...args, '-m', model]);
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/reward model, .* no losses: take a language model/);
    }
    expect(existsSync(run)).toBe(false);
  });

  it('refuses a run of another kind or other data', async () => {
    const { run, done } = judge('taken', REWARD_ROWS, '--limit', '2');
    expect((await done).code).toBe(0);
    const other = await refused(fixture('rows/alpaca-cherry-3111.jsonl'), '-m', model, '--dtype', 'f32', '--run', run);
    expect(other).toContain('the data have changed');
  });
});

interface Message {
  readonly role: string;
  readonly content: string;
}

/** A server that writes down what it is asked, and makes an instruction of its own each time. */
async function recordingLlm() {
  const asked = new Map<string, Message[]>();
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { messages } = JSON.parse(Buffer.concat(chunks).toString()) as { messages: Message[] };
      const known = [...asked].find(([, before]) => JSON.stringify(before) === JSON.stringify(messages));
      const text = known?.[0] ?? `Compare river number ${asked.size} with two others, and say which is longer and why.`;
      asked.set(text, messages);
      const marker = '#Final Instruction#';
      const content = messages.at(-1)!.content.includes(marker) ? `${marker}\n${text}` : text;
      response.writeHead(200, { 'content-type': 'application/json' });
      const choice = { index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' };
      response.end(JSON.stringify({ id: 'x', object: 'chat.completion', model: 'm', choices: [choice] }));
    })();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return { asked, spec: `openai:m@http://127.0.0.1:${port}/v1`, close: () => server.close() };
}

describe('judge reward --of instruction', { timeout: 120_000 }, () => {
  it.each([
    ['operations', ['--rounds', '2', '--with-seeds']],
    ['a method', ['--method', 'auto']],
  ])('shows the model what the generator was asked for, and its instruction: %s', async (name, args) => {
    const llm = await recordingLlm();
    const { folder: place, data } = await seedFolder(3);
    const run = join(place, 'evolved');
    const evolve = ['evolve', data, '--llm', llm.spec, '--eliminate', 'none', ...args, '-o', run, '--quiet'];
    const evolved = await runCli(evolve);
    llm.close();
    expect([evolved.code, evolved.stderr]).toEqual([0, '']);
    const rows = datasetOf(run);
    // What went over the wire, as rows of conversations.
    const chats = rows
      .filter(({ evosift }) => evosift.op !== null)
      .map(({ instruction }) => ({
        messages: [...llm.asked.get(instruction)!, { role: 'assistant', content: instruction }],
      }));
    expect(chats.length).toBeGreaterThanOrEqual(3);
    const slug = name.replace(' ', '-');
    const direct = judge(`chats-${slug}`, dataFile(`chats-${slug}.jsonl`, chats));
    const { verdicts, done } = judge(`instructions-${slug}`, run, '--of', 'instruction');
    expect([(await direct.done).code, (await done).code]).toEqual([0, 0]);
    const found = verdictsOf(verdicts);
    const seeds = found.filter(({ reason }) => reason === 'not_evolved');
    expect(seeds).toHaveLength(rows.length - chats.length);
    const values = ({ reward, tokens, tokens_answer }: RewardVerdict) => ({ reward, tokens, tokens_answer });
    const judged = found.filter(({ reason }) => reason === null);
    expect(judged.map(values)).toEqual(verdictsOf(direct.verdicts).map(values));
    // Keyed as the run's own rows are.
    expect(found.every(({ hash }) => hash !== null)).toBe(true);

    const other = await runCli([
      'judge',
      'reward',
      run,
      '--of',
      'instruction',
      '-m',
      model,
      '--prompts',
      ownPrompts(place),
    ]);
    expect(other.stderr).toMatch(/was evolved by other prompts; give the folder of those as --prompts/);
  });

  it('fills a prompt in with the rows own instructions, where no evolution made them', async () => {
    const prompt = join(folder, 'prompt.jinja');
    writeFileSync(prompt, 'Make this harder:\n{{ instruction }}\n{{ input }}\n');
    const rows = [{ instruction: 'Name a river.', input: 'In Asia.', output: 'The Mekong.' }];
    const content = 'Make this harder:\nName a river.\nIn Asia.';
    const chat = {
      messages: [
        { role: 'user', content },
        { role: 'assistant', content: 'Name a river.' },
      ],
    };
    const direct = judge('filled-direct', dataFile('filled-direct.jsonl', [chat]));
    const args = ['--of', 'instruction', '--evolution-prompt', prompt];
    const { verdicts, done } = judge('filled', dataFile('filled-data.jsonl', rows), ...args);
    expect([(await direct.done).code, (await done).code]).toEqual([0, 0]);
    expect(verdictsOf(verdicts)[0]!.reward).toBe(verdictsOf(direct.verdicts)[0]!.reward);

    const [{ output: _, ...unanswered }] = rows as [(typeof rows)[0]];
    const alone = judge('filled-alone', dataFile('filled-alone.jsonl', [unanswered]), ...args);
    expect((await alone.done).code).toBe(0);
    expect(verdictsOf(alone.verdicts)[0]!.reward).toBe(verdictsOf(direct.verdicts)[0]!.reward);
  });
});

/** A folder of prompts with another wording of one. */
function ownPrompts(place: string): string {
  const pack = { version: 1, prompts: { deepening: { file: 'deepening.jinja', marker: null } } };
  writeFileSync(join(place, 'pack.json'), JSON.stringify(pack));
  writeFileSync(join(place, 'deepening.jinja'), 'Deepen this: {{ instruction }} {{ input }}');
  return place;
}
