import { basename } from 'node:path';
import { withoutAnswers } from '../../ask/seeds.js';
import { fingerprint } from '../../rows/fingerprint.js';
import { openData } from '../../rows/open-data.js';
import { openedAs } from '../../rows/opened-as.js';
import type { RowLayout } from '../../rows/row-layout.js';
import { settleLayout } from '../../rows/settle-layout.js';
import type { RowSource } from '../../rows/source-row.js';
import { dataOf } from '../../runs/run-data.js';
import { dataName, runDirectory } from '../../runs/run-name.js';
import { settleRewardTexts } from '../../score/rewards/reward-options.js';
import { scorerIdentity } from '../../score/run/scorer-identity.js';
import type { Scorer } from '../../score/scorer.js';
import type { JudgeRewardSettings } from './options.js';
import type { AskedFor } from './asked-for.js';
import { evolutionPrompts } from './evolution-prompts.js';
import { filledInPrompt } from './filled-in-prompt.js';
import type { RewardStart } from './reward-run.js';

/** The rows that are judged, opened before a model is loaded. */
export interface RewardData {
  readonly rows: RowSource;
  readonly layout: RowLayout;
  readonly names: readonly string[];
  /** Null where answers are judged. */
  readonly asked: AskedFor | null;
  /** Rows that will have an outcome. */
  readonly total: number;
  /** No `limit` keeps rows out. */
  readonly whole: boolean;
}

/** @throws EvosiftError `bad_data`, `bad_argument`, `hub_error`, `aborted`. */
export async function openRewardData(settings: JudgeRewardSettings): Promise<RewardData> {
  const { data = [], hub = false, limit = Infinity, of } = settings;
  const { rows, names } = await openData(hub ? data : await dataOf(data), settings);
  // An instruction that is judged itself needs no answer.
  const layout = await settleLayout(of === 'instruction' ? withoutAnswers(rows) : rows, settings);
  const count = await rows.count();
  const paths = rows.files.map(({ path }) => path);
  const asked = of === 'instruction' ? await askedFor(paths, settings) : null;
  return { rows, layout, names, asked, total: Math.min(count, limit), whole: limit >= count };
}

const askedFor = (paths: readonly string[], { evolutionPrompt, prompts }: JudgeRewardSettings): Promise<AskedFor> =>
  evolutionPrompt === undefined ? evolutionPrompts(paths, prompts) : filledInPrompt(evolutionPrompt);

/** Where a run goes and what it is. */
export interface RewardPlan {
  readonly out: string;
  readonly identity: object;
  readonly start: RewardStart;
}

/** @throws EvosiftError `bad_argument`, `unsupported_tokenizer`, `aborted`. */
export async function planRewards(
  scorer: Scorer,
  { rows, layout, names, asked }: RewardData,
  settings: JudgeRewardSettings,
): Promise<RewardPlan> {
  const { of, answer = 'chosen', maxLength = null, limit = null, signal } = settings;
  const { info } = scorer;
  scorer.requireRewards();
  const { specialTokens, templateKwargs = null } = settleRewardTexts(settings, info);
  const identity = {
    kind: 'judge',
    measure: 'reward',
    data: { files: await fingerprint(rows.files, signal), ...openedAs(settings) },
    format: layout.format,
    columns: { ...layout.columns },
    answer: layout.format === 'preference' ? answer : null,
    of,
    prompts: asked?.hash ?? null,
    max_length: maxLength,
    special_tokens: specialTokens,
    template_kwargs: templateKwargs,
    ...(await scorerIdentity(scorer, signal)),
  };
  // Named without the step, so that a start whose engine would choose another one finds the run.
  const named = { ...identity, step_tokens: undefined };
  const parts = [dataName(settings.data), basename(info.model), 'reward', info.dtype];
  return {
    out: settings.out ?? runDirectory(parts, named),
    identity,
    start: { paths: names, model: info.model, device: info.device, threads: info.threads, limit },
  };
}
