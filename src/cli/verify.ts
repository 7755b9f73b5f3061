import { Command } from 'commander';
import { verify, VERIFY_OPTIONS, type VerifyReport } from '../verify/index.js';
import { showDownload } from './download-progress.js';
import { EXIT, UsageError } from './exit-code.js';
import { inFrame } from './frame.js';
import { reasonsText } from './llm-arguments.js';
import { addOptions, saidOf } from './option-flags.js';
import { withOutputOptions, type OutputOptions } from './output-options.js';

const HELP = `
Which constraints an answer is held to: those that its row names (verification.constraints, or a column constraint or
constraints, by ids or texts), else the row's own functions (eval_func beside instruction), else the constraints that
stand in its prompt. Its accuracy is the share of a constraint's functions that say true, of several constraints the
least.

Examples:
  evosift verify answers.jsonl --functions runs/autoif -o verdicts.jsonl
  evosift rank runs/a --join verdicts.jsonl --where verified -o best.jsonl`;

/** `evosift verify FILE…`. */
export function verifyCommand(): Command {
  const command = new Command('verify')
    .description('check the answers of some rows by functions of their constraints, in a sandbox')
    .argument(
      '[data...]',
      'files, globs, a directory, hf://datasets/OWNER/NAME[@REV][/PATH], a run, or - for standard input',
    );
  addOptions(command, VERIFY_OPTIONS).addHelpText('after', HELP).action(run);
  return withOutputOptions(command);
}

async function run(data: readonly string[], output: OutputOptions, command: Command): Promise<void> {
  const { out, ...said } = saidOf(command, VERIFY_OPTIONS);
  if (output.json === true && out === '-') {
    throw new UsageError('--json and -o - both take standard output; give -o a file');
  }
  await inFrame(output, { label: 'verifying' }, async ({ signal, progress, logger, report, silent }) => {
    using download = showDownload('data', silent);
    const verified = await verify({
      ...said,
      data,
      ...(out !== undefined && { out: out === '-' ? process.stdout : out }),
      logger,
      signal,
      onDownload: download.update,
      onProgress: ({ rows, total }) => progress.update({ rows, total, tokens: null }),
    });
    if (out === '-') {
      progress.clear();
      if (!silent) progress.say(summaryText(verified).trimEnd());
    } else {
      report(
        () => verified,
        () => summaryText(verified),
      );
    }
    return verified.verified + verified.notVerified === 0 ? EXIT.failed : EXIT.done;
  });
}

function summaryText({ out, rows, verified, notVerified, reasons, verdicts, verdictsS }: VerifyReport): string {
  const without = rows - verified - notVerified;
  const unverifiable = without === 0 ? '' : `, ${without} without a verdict${reasonsText(reasons)}`;
  const given = Object.values(verdicts).reduce((sum, count) => sum + count, 0);
  return (
    `${out === null ? '' : `${out}: `}${rows} rows, ${verified} verified, ${notVerified} not${unverifiable}\n` +
    `${given} verdicts${reasonsText(verdicts)}, ${Math.round(verdictsS)}/s\n`
  );
}
