import type { Command } from 'commander';
import { respond, RESPOND_OPTIONS, type RespondReport } from '../ask/index.js';
import { showDownload } from './download-progress.js';
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

/** `evosift respond DATA`. */
export function respondCommand(): Command {
  const command = llmCommand(
    'respond',
    'have the instructions of some rows answered; the same command again goes on where it stopped',
    RESPOND_OPTIONS,
  );
  return withOutputOptions(command.action(run));
}

async function run(data: readonly string[], given: LlmArguments & OutputOptions, command: Command): Promise<void> {
  await inFrame(given, { label: 'answering' }, async ({ signal, progress, logger, report, silent }) => {
    using download = showDownload('data', silent);
    const [generator, ...others] = (await findGenerators(given)).generators;
    if (generator === undefined || others.length > 0)
      throw new UsageError('respond takes one --llm, which answers all.');
    const answered = await respond({
      ...saidOf(command, RESPOND_OPTIONS),
      data: requireData(data, given),
      generator,
      logger,
      signal,
      onDownload: download.update,
      onProgress: (now) => progress.update(progressOf(now)),
    });
    report(
      () => answered,
      () => summaryText(answered),
    );
    return answered.responses === 0 ? EXIT.failed : EXIT.done;
  });
}

function summaryText({
  out,
  rows,
  responses,
  unanswered,
  skipped,
  start,
}: RespondReport & { readonly out: string }): string {
  return (
    `${out}: ${rows} rows, ${responses} answered${reasonsText({ ...unanswered, ...skipped })}\n` +
    `${start.requests} requests, ${start.tokens} tokens in ${start.seconds.toFixed(1)} s\n`
  );
}
