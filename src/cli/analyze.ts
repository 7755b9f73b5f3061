import { Command } from 'commander';
import { analyze, ANALYZE_OPTIONS } from '../analyze/index.js';
import { analysisText } from './analysis-text.js';
import { EXIT } from './exit-code.js';
import { inFrame } from './frame.js';
import { addOptions, saidOf } from './option-flags.js';
import { withOutputOptions, type OutputOptions } from './output-options.js';

const HELP = `
What comes of it: analysis.json holds every number, rows.parquet each scored row's (rank --join takes it). Losses are in
nats. Two or more runs are compared by the means of samples of equal size. How far apart instructions lie is measured with
--encoder, --embeddings or --hidden-states, how sure generators were of their answers with --output-space.

Examples:
  evosift analyze runs/a -o analysis
  evosift analyze runs/small runs/large -o comparison --json
  evosift analyze runs/a -o analysis --encoder models/all-MiniLM-L6-v2 --preset published
  evosift analyze runs/evolved -o analysis --output-space -m Qwen/Qwen2.5-0.5B-Instruct --positions first:5
  evosift rank runs/a --join analysis/rows.parquet --where "words_instruction >= 10" --top 10% -o best.jsonl`;

/** `evosift analyze RUN…`. */
export function analyzeCommand(): Command {
  const command = new Command('analyze')
    .description("measure runs' rows: distributions, agreement, vocabulary; compare runs")
    .argument('[runs...]', 'run directories with scores');
  addOptions(command, ANALYZE_OPTIONS).addHelpText('after', HELP).action(run);
  return withOutputOptions(command);
}

async function run(runs: readonly string[], output: OutputOptions, command: Command): Promise<void> {
  await inFrame(output, { label: 'analysing' }, async ({ signal, progress, logger, report }) => {
    const analysis = await analyze({
      ...saidOf(command, ANALYZE_OPTIONS),
      runs,
      signal,
      logger,
      onProgress: ({ rows, stage }) =>
        progress.update({ rows, total: null, tokens: null, ...(stage !== 'reading' && { stage }) }),
    });
    report(
      () => analysis,
      () => analysisText(analysis),
    );
    return EXIT.done;
  });
}
