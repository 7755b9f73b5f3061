import { Command } from 'commander';
import { JUDGE_REWARD_OPTIONS, judgeReward, type RewardReport } from '../judge/index.js';
import { showDownload } from './download-progress.js';
import { EXIT } from './exit-code.js';
import { inFrame } from './frame.js';
import { reasonsText } from './llm-arguments.js';
import { modelSource, RUN_MODEL_OPTIONS } from './load-model.js';
import { addOptions, saidOf } from './option-flags.js';
import { withOutputOptions, type OutputOptions } from './output-options.js';

const HELP = `
The model is a reward model: a sequence classifier with one label (...ForSequenceClassification). It is shown each
conversation up to its last answer, in its own chat template.

Examples:
  evosift judge reward data.jsonl -m Skywork/Skywork-Reward-V2-Qwen3-0.6B -o rewards.jsonl
  evosift judge reward runs/evolved --of instruction --length-control divide -m MODEL -o rewards.jsonl
  evosift rank runs/a --join rewards.jsonl --by reward --top 10% -o best.jsonl`;

/** `evosift judge reward DATA…`. */
export function judgeRewardCommand(): Command {
  const command = new Command('reward')
    .description('the reward that a reward model has for the answers or the instructions of some rows')
    .argument(
      '[data...]',
      'files, globs, a directory, hf://datasets/OWNER/NAME[@REV][/PATH], a run, or - for standard input',
    );
  addOptions(addOptions(command, RUN_MODEL_OPTIONS), JUDGE_REWARD_OPTIONS).addHelpText('after', HELP).action(run);
  return withOutputOptions(command);
}

async function run(data: readonly string[], output: OutputOptions, command: Command): Promise<void> {
  await inFrame(output, { label: 'judging' }, async (frame) => {
    const { signal, progress, logger, report, silent } = frame;
    using download = showDownload('data', silent);
    using source = modelSource(saidOf(command, RUN_MODEL_OPTIONS), frame);
    const judged = await judgeReward({
      ...saidOf(command, JUDGE_REWARD_OPTIONS),
      scorer: source.scorer,
      data,
      logger,
      signal,
      onDownload: download.update,
      onProgress: (now) => progress.update(now),
    });
    report(
      () => judged,
      () => summaryText(judged),
    );
    return judged.scored === 0 ? EXIT.failed : EXIT.done;
  });
}

function summaryText({ verdicts, rows, scored, unscored, reasons, ...values }: RewardReport): string {
  const without = unscored === 0 ? '' : `, ${unscored} without a reward${reasonsText(reasons)}`;
  const lines = [
    `${verdicts}: ${rows} rows, ${scored} with a reward${without}`,
    ...line('reward', values.reward),
    ...line('reward_length_controlled', values.rewardLengthControlled),
    ...line('tokens_answer', values.tokensAnswer),
  ];
  return `${lines.join('\n')}\n`;
}

function line(name: string, values: RewardReport['reward'] | undefined): string[] {
  if (values === null || values === undefined) return [];
  const {
    mean,
    sd,
    min,
    max,
    quantiles: { q25, q50, q75 },
  } = values;
  const quantiles = [min, q25, q50, q75, max].map(short).join('  ');
  return [`${name}: mean ${short(mean)}, sd ${short(sd)}; quantiles ${quantiles}`];
}

const short = (value: number): string => String(Number(value.toPrecision(4)));
