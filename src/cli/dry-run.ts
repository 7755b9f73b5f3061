import { InvalidArgumentError, type Command } from 'commander';
import { toSnakeCase } from '../base/snake-case.js';
import type { Estimate, TokenPrice } from '../ask/index.js';
import { EXIT, UsageError, type ExitCode } from './exit-code.js';
import { printJson } from './json-output.js';
import { reasonsText } from './llm-arguments.js';
import type { OutputOptions } from './output-options.js';
import { clock } from './progress.js';

/** What asks for an estimate in place of a run. */
export interface DryRunArguments {
  readonly dryRun?: boolean;
  readonly price?: TokenPrice;
}

export const addDryRun = (command: Command): Command =>
  command
    .option('--dry-run', 'show the first prompt of each operation and what would be sent; send nothing')
    .option('--price <in,out>', 'with --dry-run: what a million tokens cost', priceArgument);

function priceArgument(text: string): TokenPrice {
  const [input, output, ...others] = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  if (input !== undefined && output !== undefined && others.length === 0 && input >= 0 && output >= 0) {
    return { input, output };
  }
  throw new InvalidArgumentError(
    'It must be two numbers: for a million tokens of prompts, and of answers (0.15,0.60).',
  );
}

/** @throws UsageError where a price is given and no estimate asked for. */
export function checkDryRun({ price, dryRun = false }: DryRunArguments): void {
  if (price !== undefined && !dryRun) throw new UsageError('--price belongs to --dry-run, which estimates the cost.');
}

type DryRun = Omit<Estimate, 'total'> & { readonly requests: { readonly total: number } };

/** Prints an estimate. */
export function reportDryRun(planned: DryRun, { json }: OutputOptions): ExitCode {
  if (json === true) printJson(planned);
  else process.stdout.write(dryRunText(planned));
  return EXIT.done;
}

/** What would be sent, with the first request of each operation as it would be. */
function dryRunText({ requests, tokens, seconds, cost, samples, assumptions }: DryRun): string {
  const shown = samples.map(({ generator, operation, messages, sampling }) => {
    const texts = messages.map(({ role, content }) => `[${role}]\n${content}`);
    return `--- ${operation}, ${generator}, ${JSON.stringify(toSnakeCase(sampling))}\n${texts.join('\n')}\n`;
  });
  const stages = reasonsText(Object.fromEntries(Object.entries(requests).filter(([stage]) => stage !== 'total')));
  return (
    `${shown.join('\n')}\n${requests.total} requests${stages}, ` +
    `about ${tokens.prompt} tokens of prompts and ${tokens.completion} of answers, ${clock(seconds)}` +
    `${cost === null ? '' : `, cost ${cost.toFixed(2)}`}\nEstimated with ${assumptions}.\nTexts that are yet to come are left out above. Nothing was sent.\n`
  );
}
