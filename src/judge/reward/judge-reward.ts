import { keptRows } from '../../ask/generation-options.js';
import { promptFilesIn } from '../../ask/prompts/prompt-files.js';
import { stoppedIn } from '../../ask/stop.js';
import { throwIfAborted } from '../../async/abort.js';
import { Mean } from '../../base/counts.js';
import { PartFile } from '../../files/part-file.js';
import { refuseToReplace } from '../../files/refuse-to-replace.js';
import { refuseRunFile } from '../../runs/refuse-run-file.js';
import { borrowScorer } from '../../score/run/borrow-scorer.js';
import { CommitWindow } from '../../score/run/commit-window.js';
import type { Scorer } from '../../score/scorer.js';
import { judgedRows } from './judged-rows.js';
import { controlLength } from './length-control.js';
import { settleJudgeRewardOptions, type JudgeRewardOptions, type JudgeRewardSettings } from './options.js';
import { rewardLine, toNineDigits, type RewardLine } from './reward-line.js';
import { openRewardData, planRewards, type RewardData } from './reward-plan.js';
import { RewardRun } from './reward-run.js';
import { RewardTally, type RewardSummary } from './reward-summary.js';

/** `summary.json`, and where everything is. */
export type RewardReport = RewardSummary & {
  /** Every row has an outcome. */
  readonly complete: boolean;
  /** The run directory. */
  readonly out: string;
  /** The file of the verdicts. */
  readonly verdicts: string;
};

/**
 * Gives each row the reward that a reward model has for its answer, or for its instruction as an answer to the prompt that
 * had it evolved, into a run directory and a file of verdicts, keyed by content hash for `rank`'s `join`. Goes on where an
 * earlier start of the same run was stopped, and ends with the same bytes.
 *
 * @throws EvosiftError `bad_argument`, `bad_data`, `bad_config`, `run_busy`, `run_mismatch`, `disk_full`, `aborted`,
 *   `closed`, `engine_failed`, `unsupported_tokenizer`; those of `loadScorer`.
 */
export async function judgeReward(options: JudgeRewardOptions): Promise<RewardReport> {
  const given = settleJudgeRewardOptions(options);
  throwIfAborted(given.signal);
  await using input = await keptRows(given);
  const settings = input === null ? given : { ...given, rows: undefined, data: [input.path] };
  const data = await openRewardData(settings);
  await using _ = data.asked;
  if (settings.verdicts !== undefined) {
    const { prompts, evolutionPrompt = [] } = settings;
    const read = [...data.names, ...promptFilesIn(prompts), ...[evolutionPrompt].flat()];
    refuseToReplace('judgeReward', 'verdicts', settings.verdicts, read);
  }

  const { out, force, signal, logger } = settings;
  const place = async (loaded: Scorer): Promise<string> => (await planRewards(loaded, data, settings)).out;
  await using borrowed = await borrowScorer(settings.scorer, { out, force, place }, { signal, logger });
  const plan = await planRewards(borrowed.scorer, data, settings);
  try {
    const { identity, start } = plan;
    await using run = await RewardRun.open(plan.out, { identity, start, force, lock: input?.lock });
    await input?.settle();
    const verdicts = settings.verdicts ?? run.directory.file('verdicts');
    refuseRunFile('judgeReward', 'verdicts', verdicts, plan.out);
    // Opened before there is work that a folder which is not there would be told after.
    await using file = await (settings.verdicts === undefined
      ? run.directory.part('verdicts')
      : PartFile.open(verdicts));
    await judgeRest(run, borrowed.scorer, data, settings);
    const summary = await writeVerdicts(run, data.total, file, settings);
    const complete = data.whole && run.rows === data.total;
    await run.directory.writeSummary({ ...summary, complete });
    return { ...summary, complete, out: plan.out, verdicts };
  } catch (error) {
    throw stoppedIn(plan.out, error, signal);
  }
}

/** Judges the rows that the run has not done yet; those that are done are kept, however it ends. */
async function judgeRest(
  run: RewardRun,
  scorer: Scorer,
  data: RewardData,
  { maxLength, specialTokens, templateKwargs, batchTokens, signal, onProgress, logger }: JudgeRewardSettings,
): Promise<void> {
  const window = new CommitWindow<RewardLine>(run);
  let { rows } = run;
  let tokens = run.tokensBefore;
  const options = { maxLength, specialTokens, templateKwargs, batchTokens, signal };
  try {
    for await (const outcome of scorer.rewards(judgedRows(data, run.lastIndex), options)) {
      if (outcome.status === 'unscored') {
        const { index, reason, detail } = outcome;
        logger?.debug({ index, reason, detail }, `row ${index} has no reward (${reason}): ${detail}`);
      }
      const line = rewardLine(outcome);
      await window.add(line);
      tokens += line.tokens ?? 0;
      onProgress?.({ rows: ++rows, total: data.total, tokens });
    }
  } finally {
    await window.flush();
  }
}

/** The rewards of the first `total` rows, with what depends on all of them; an earlier start may have done more. */
async function writeVerdicts(
  run: RewardRun,
  total: number,
  file: PartFile,
  { lengthControl }: JudgeRewardSettings,
): Promise<RewardSummary> {
  const tally = new RewardTally();
  const mean = lengthControl === 'none' ? null : await meanLength(run, total);
  for await (const line of run.lines(total)) {
    const verdict =
      lengthControl === 'none' ? line : { ...line, reward_length_controlled: controlled(line, mean, lengthControl) };
    tally.add(verdict);
    await file.write(`${JSON.stringify(verdict)}\n`);
  }
  await run.directory.check();
  await file.finish();
  return tally.summary(lengthControl !== 'none');
}

async function meanLength(run: RewardRun, total: number): Promise<number | null> {
  const mean = new Mean();
  for await (const { tokens_answer: length } of run.lines(total)) mean.add(length);
  return mean.value;
}

function controlled(
  { reward, tokens_answer: length }: RewardLine,
  mean: number | null,
  control: 'multiply' | 'divide',
): number | null {
  if (reward === null || length === null || mean === null) return null;
  const value = controlLength(reward, length, mean, control);
  return value === null ? null : toNineDigits(value);
}
