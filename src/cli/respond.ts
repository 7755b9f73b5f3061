import type { Command } from 'commander';
import { errorText } from './exit-code.js';
import { respond, type RespondReport } from '../ask/respond.js';
import { EXIT, UsageError } from './exit-code.js';
import { listenForInterrupts } from './interrupt.js';
import {
  findGenerators,
  llmCommand,
  progressOf,
  reasonsText,
  requireData,
  runOptionsOf,
  stopCode,
  type LlmArguments,
} from './llm-arguments.js';
import { messageLogger } from './load-model.js';
import { withOutputOptions, type OutputOptions } from './output-options.js';
import { showProgress } from './progress.js';

/** `evosift respond DATA`. */
export function respondCommand(): Command {
  const command = llmCommand(
    'respond',
    'have the instructions of some rows answered; the same command again goes on where it stopped',
  );
  return withOutputOptions(command.action(run));
}

async function run(data: readonly string[], given: LlmArguments & OutputOptions): Promise<void> {
  const { json = false, quiet = false, logLevel, ...llmArguments } = given;
  using interrupt = listenForInterrupts();
  using progress = showProgress('answering', quiet || logLevel === 'error' || logLevel === 'silent');
  try {
    const [generator, ...others] = (await findGenerators(llmArguments)).generators;
    if (generator === undefined || others.length > 0)
      throw new UsageError('respond takes one --llm, which answers all.');
    const report = await respond({
      ...runOptionsOf(llmArguments),
      data: requireData(data, llmArguments),
      generator,
      logger: messageLogger({ quiet, logLevel }, (line) => progress.say(line)),
      signal: interrupt.signal,
      onProgress: (now) => progress.update(progressOf(now)),
    });
    progress.clear();
    if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
    else if (!quiet) process.stdout.write(summaryText(report));
    process.exitCode = report.responses === 0 ? EXIT.failed : EXIT.done;
  } catch (error) {
    const code = stopCode(error, interrupt);
    if (code === null) throw error;
    progress.say(errorText(error));
    process.exitCode = code;
  }
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
