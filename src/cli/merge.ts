import { Command } from 'commander';
import { mergeRuns } from '../runs/index.js';
import { printJson } from './json-output.js';
import { withOutputOptions, type OutputOptions } from './output-options.js';

interface MergeCommandOptions extends OutputOptions {
  readonly out?: string;
  readonly force?: boolean;
}

/** `evosift merge RUN…`. */
export function mergeCommand(): Command {
  const command = new Command('merge')
    .description('join the shards of one run into one run directory')
    .argument('<run...>', 'the run directories of all shards, in any order')
    .option('-o, --out <dir>', 'the run directory to make (default: the first name with -merged after it)')
    .option('--force', 'start over where the directory holds a run already')
    .action(merge);
  return withOutputOptions(command);
}

async function merge(runs: readonly string[], options: MergeCommandOptions): Promise<void> {
  const { force = false, json = false, quiet = false } = options;
  const out = options.out ?? `${(runs[0] ?? '').replace(/\/+$/, '')}-merged`;
  const report = await mergeRuns(runs, out, { force });
  if (json) printJson({ out, ...report });
  if (!quiet) process.stderr.write(`${runs.length} shards joined in ${out}: ${report.rows} rows.\n`);
}
