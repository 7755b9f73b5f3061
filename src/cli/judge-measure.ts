import type { Command } from 'commander';
import type { JudgeOptions, JudgingDryRun, JudgingPlace, JudgingReport } from '../judge/index.js';
import type { TokenPrice } from '../ask/index.js';
import type { OptionSpec } from '../base/options.js';
import { showDownload } from './download-progress.js';
import { addDryRun, checkDryRun, reportDryRun, type DryRunArguments } from './dry-run.js';
import { EXIT, UsageError } from './exit-code.js';
import { inFrame } from './frame.js';
import {
  findGenerators,
  llmCommand,
  progressOf,
  reasonsText,
  requireData,
  type LlmArguments,
} from './llm-arguments.js';
import { saidOf } from './option-flags.js';
import { withOutputOptions, type OutputOptions } from './output-options.js';

/** What any judging reports. */
export type Judged = JudgingReport & JudgingPlace & { readonly judged: number };

/** A subcommand of `judge`. */
export interface MeasureCommand<Options extends JudgeOptions, Report extends Judged> {
  readonly name: string;
  readonly description: string;
  readonly table: Readonly<Record<string, OptionSpec>>;
  readonly run: (options: Options) => Promise<Report>;
  readonly dryRun: (options: Options, price: TokenPrice | null) => Promise<JudgingDryRun>;
  /** The lines of its summary, before where the verdicts are and what was sent. */
  readonly text: (report: Report) => readonly string[];
  /** What is judged by an answer that was understood, where not all that is judged is. */
  readonly decided?: (report: Report) => number;
  readonly notes: string;
}

type Arguments = OutputOptions & LlmArguments & DryRunArguments;

/** A subcommand that has a generator judge; the same command again goes on where it stopped. */
export function measureCommand<Options extends JudgeOptions, Report extends Judged>(
  measure: MeasureCommand<Options, Report>,
): Command {
  const { name, description, table, notes } = measure;
  const command = llmCommand(name, `${description}; the same command again goes on where it stopped`, table);
  addDryRun(command)
    .addHelpText('after', notes)
    .action((data: readonly string[], given: Arguments) => judge(measure, data, given, command));
  return withOutputOptions(command);
}

async function judge<Options extends JudgeOptions, Report extends Judged>(
  { table, run, dryRun, text, decided = ({ judged }) => judged }: MeasureCommand<Options, Report>,
  data: readonly string[],
  given: Arguments,
  command: Command,
): Promise<void> {
  await inFrame(given, { label: 'judging' }, async ({ signal, progress, logger, report, silent }) => {
    using download = showDownload('data', silent);
    checkDryRun(given);
    const [generator, ...others] = (await findGenerators(given)).generators;
    if (generator === undefined || others.length > 0) throw new UsageError('judge takes one --llm, which judges all.');
    const options = {
      ...saidOf(command, table),
      data: requireData(data, given),
      generator,
      logger,
      signal,
      ...('onDownload' in table && { onDownload: download.update }),
      onProgress: (now) => progress.update(progressOf(now)),
    } as JudgeOptions as Options;
    if (given.dryRun === true) return reportDryRun(await dryRun(options, given.price ?? null), given);
    const judged = await run(options);
    const { start, verdicts } = judged;
    report(
      () => judged,
      () =>
        `${text(judged).join('\n')}\n${verdicts}\n` +
        `${start.requests} requests${reasonsText(start.failures)}, ${start.tokens} tokens in ${start.seconds.toFixed(1)} s\n`,
    );
    return decided(judged) === 0 ? EXIT.failed : EXIT.done;
  });
}
