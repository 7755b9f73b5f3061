import { Command } from 'commander';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packageFile } from '../base/package-file.js';
import { rank } from '../rank/index.js';
import { loadScorer, scoreFiles, type RunProgress, type ScoreFilesReport } from '../score/index.js';
import { EXIT } from './exit-code.js';
import { inFrame } from './frame.js';
import { printJson } from './json-output.js';
import { modelSource } from './load-model.js';
import { withOutputOptions, type OutputOptions } from './output-options.js';
import { rankingTable } from './ranking-table.js';

const MODEL = 'pocket';
const SHOWN = 5;

/** `evosift demo`. */
export function demoCommand(): Command {
  const command = new Command('demo')
    .description('score 60 bundled rows with the bundled model, and print the top and bottom of the ranking')
    .action(demo);
  return withOutputOptions(command);
}

async function demo({ json, quiet }: OutputOptions): Promise<void> {
  const data = join(dirname(packageFile('package.json')), 'bench', 'data', 'gsm8k-60.jsonl');
  const run = await mkdtemp(join(tmpdir(), 'evosift-demo-'));
  const output = { json, quiet, logLevel: 'warn' } as const;
  try {
    await inFrame(output, { label: 'scoring', interrupted: null }, async (frame) => {
      const { signal, progress } = frame;
      using source = modelSource({ model: MODEL }, frame);
      await using scorer = await loadScorer(source.scorer);
      const onProgress = (now: RunProgress): void => progress.update(now);
      const scored = await scoreFiles({ scorer, data: [data], out: run, signal, onProgress });
      const ranking = await rank({ run, preview: SHOWN, signal });
      progress.clear();
      const { engine, device, dtype, implementation, threads } = scorer.info;
      if (json === true) {
        const { out: _, ...summary } = scored;
        printJson({ ...summary, model: MODEL, engine, device, dtype, threads });
      } else {
        process.stdout.write(`${heading(scored, `${dtype}, ${implementation}, ${threads} threads`)}\n`);
        process.stdout.write(rankingTable(ranking, process.stdout.columns ?? 120));
        process.stdout.write(
          '\nYour own rows, judged by a real model: evosift score FILE -m HuggingFaceTB/SmolLM2-135M\n',
        );
      }
      return scored.scored === 0 ? EXIT.failed : EXIT.done;
    });
  } finally {
    await rm(run, { recursive: true, force: true });
  }
}

const heading = (report: ScoreFilesReport, engine: string): string =>
  `${report.scored} of ${report.rows} rows of GSM8K scored with ${MODEL} (${engine}) in ${report.seconds.toFixed(1)} s: ` +
  `${Math.round(report.tokensS)} tokens/s, mean IC-IFD ${report.meanIcIfd?.toPrecision(4) ?? '-'}.\n` +
  'IC-IFD = L(A|Q) / (L(Q) L(A)), highest first:\n';
