import type { RunReport } from '../../runs/read-run.js';
import { throwIfAborted } from '../../async/abort.js';
import { KeptInput } from '../../runs/keep-input.js';
import { openReusedScores, type KnownScores } from '../../runs/reuse.js';
import { ScoredRun } from '../../runs/scored-run.js';
import type { ScoreLine } from '../../runs/score-line.js';
import type { RunTimings } from '../../runs/run-identity.js';
import { EvosiftError, messageOf } from '../../base/errors.js';
import type { Scorer } from '../scorer.js';
import type { ScoreOptions } from '../score-options.js';
import { toScoreLine } from '../to-score-line.js';
import { borrowScorer } from './borrow-scorer.js';
import { chooseBest, type Cascade } from './cascade.js';
import { CommitWindow } from './commit-window.js';
import { defaultDirectory } from './default-directory.js';
import { findInputs } from './find-inputs.js';
import { planRun, type RunPlan } from './run-plan.js';
import { RunLog } from './run-log.js';
import { RunMeter } from './run-meter.js';
import { settleScoreFilesOptions, type FileScoringSettings, type ScoreFilesOptions } from './score-files-options.js';
import { runRows, type Reused } from './run-rows.js';

/** `summary.json`, and where it is. */
export type ScoreFilesReport = RunReport & RunTimings & { readonly out: string };

/**
 * Scores data files, or rows, into a run directory, or goes on where an earlier start of the same run was stopped:
 * whatever stopped it, `scores.jsonl` ends with the same bytes as an undisturbed run's.
 *
 * What is wrong with the options or absent is told before a scorer is loaded. When the signal aborts, or anything fails,
 * the rows that are done are committed before the error is thrown.
 *
 * @throws EvosiftError `bad_argument`, `bad_data`, `run_busy`, `run_mismatch`, `disk_full`, `strict`, `aborted`,
 *   `closed`, `engine_failed`, `unsupported_tokenizer`; those of `loadScorer`.
 */
export async function scoreFiles(options: ScoreFilesOptions): Promise<ScoreFilesReport> {
  const { scorer: source, ...settings } = settleScoreFilesOptions(options);
  const { out, reuse, force, signal } = settings;
  throwIfAborted(signal);
  const found = await findInputs(settings);
  const place = ({ info }: Scorer): string => defaultDirectory(settings, info);
  await using borrowed = await borrowScorer(source, { out, reuse, force, place }, settings);
  const { scorer } = borrowed;
  return await scoreFilesWith(scorer, { ...settings, ...found, out: out ?? place(scorer) }, null);
}

/** As `scoreFiles`; scores that are `known`, because this very scorer made them, are taken over. */
export async function scoreFilesWith(
  scorer: Scorer,
  settings: FileScoringSettings,
  known: KnownScores | null,
): Promise<ScoreFilesReport> {
  const { signal, from, top, force } = settings;
  const out = settings.out ?? defaultDirectory(settings, scorer.info);
  const cascade = from === undefined || top === undefined ? null : await chooseBest(from, String(top));
  try {
    await using input = await keptInput(settings, out);
    const paths = input === null ? pathsOf(settings, cascade) : [input.path];
    const plan = await planRun(scorer, paths, settings, cascade);
    await using reuse = settings.reuse === undefined ? null : await openReusedScores(settings.reuse, plan.identity);
    const { identity, start } = plan;
    await using run = await ScoredRun.open(out, { identity, start, force, lock: input?.lock });
    await input?.settle();
    const log = new RunLog(run, settings.logger);
    return { ...(await scoreInto(run, { scorer, settings, plan, reuse: reuse ?? known, log })), out };
  } catch (error) {
    if (signal?.aborted !== true) throw error;
    throw new EvosiftError('aborted', `Stopped; ${out} keeps the rows that are done. The same command goes on.`, {
      cause: error,
    });
  }
}

/** What is kept of rows that come otherwise than as files; null where they are files. */
async function keptInput(settings: FileScoringSettings, out: string): Promise<KeptInput | null> {
  const { data = [], rows, input = process.stdin } = settings;
  if (rows !== undefined) return await KeptInput.ofRows(rows, out, settings);
  return data[0] === '-' ? await KeptInput.ofStream(input, out, settings) : null;
}

const pathsOf = ({ data = [] }: FileScoringSettings, cascade: Cascade | null): readonly string[] =>
  data.length > 0 ? data : (cascade?.manifest.starts.at(-1)?.paths ?? []);

interface RunParts {
  readonly scorer: Scorer;
  readonly settings: FileScoringSettings;
  readonly plan: RunPlan;
  readonly reuse: KnownScores | null;
  readonly log: RunLog;
}

async function scoreInto(run: ScoredRun, parts: RunParts): Promise<RunReport & RunTimings> {
  const { scorer, plan, log } = parts;
  const meter = new RunMeter(run, scorer, plan);
  const window = new CommitWindow(run);
  const finish = async (): Promise<void> => {
    await meter.writing.time(() => window.flush());
    await run.writeSummary(meter.timings, meter.complete);
  };
  log.info({ ...plan.start, rows_before: run.rows, total: plan.total }, run.rows === 0 ? 'started' : 'went on');
  try {
    await scoreRest(run, parts, window, meter);
    await finish();
    log.info({ ...meter.report }, meter.complete ? 'finished' : 'finished up to the limit');
    return meter.report;
  } catch (error) {
    log.info({ error: messageOf(error) }, 'stopped');
    await finish().catch((failure: unknown) => log.error({ error: String(failure) }, 'the last rows were not saved'));
    throw error;
  } finally {
    await log.close();
  }
}

/** Scores the rows that the run has not done yet. */
async function scoreRest(
  run: ScoredRun,
  { scorer, settings, plan, reuse, log }: RunParts,
  window: CommitWindow<ScoreLine>,
  meter: RunMeter,
): Promise<void> {
  const source = runRows(plan, run.lastIndex, reuse, meter.reading);
  let { rows, lastIndex } = run;
  let { tokens } = run.summary;
  for await (const outcome of scorer.scoreParsed<Reused>(source, scoreOptionsOf(settings))) {
    if ('status' in outcome && outcome.status === 'unscored') log.unscored(outcome);
    const lines = 'passing' in outcome ? outcome.passing.lines : [toScoreLine(outcome, settings)];
    for (const line of lines) {
      await meter.writing.time(() => window.add(line));
      tokens += line.tokens ?? 0;
    }
    if (outcome.index !== lastIndex) rows++;
    lastIndex = outcome.index;
    settings.onProgress?.({ rows, total: plan.total, tokens });
  }
}

/** What `score` knows of a run's settings. */
function scoreOptionsOf(settings: FileScoringSettings): ScoreOptions {
  const { recipe, template, turns, maxLength, overflow, reasoning, specialTokens, templateKwargs } = settings;
  const { perToken, batchTokens, strict, signal } = settings;
  const texts = { recipe, template, turns, maxLength, overflow, reasoning, specialTokens, templateKwargs };
  return { ...texts, perToken, batchTokens, strict, signal };
}
