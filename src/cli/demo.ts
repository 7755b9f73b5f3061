import { Command } from 'commander';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packageFile } from '../base/package-file.js';
import { rank } from '../rank/rank.js';
import { scoreFiles, type ScoreFilesReport } from '../score/run/score-files.js';
import { EXIT } from './exit-code.js';
import { listenForInterrupts } from './interrupt.js';
import { loadModel, messageLogger } from './load-model.js';
import { withOutputOptions, type OutputOptions } from './output-options.js';
import { showProgress } from './progress.js';
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

async function demo(options: OutputOptions): Promise<void> {
  const { json = false, quiet = false } = options;
  const data = join(dirname(packageFile('package.json')), 'bench', 'data', 'gsm8k-60.jsonl');
  const run = await mkdtemp(join(tmpdir(), 'evosift-demo-'));
  using interrupt = listenForInterrupts();
  using progress = showProgress('scoring', quiet);
  try {
    const logger = messageLogger({ ...options, logLevel: quiet ? 'error' : 'warn' }, (line) => progress.say(line));
    await using scorer = await loadModel({ model: MODEL }, logger, interrupt.signal, quiet);
    const report = await scoreFiles(scorer, {
      data: [data],
      out: run,
      signal: interrupt.signal,
      onProgress: (now) => progress.update(now),
    });
    const ranking = await rank({ run, preview: SHOWN, signal: interrupt.signal });
    progress.clear();
    const { engine, device, dtype, implementation, threads } = scorer.info;
    if (json) {
      const { out: _, ...summary } = report;
      process.stdout.write(`${JSON.stringify({ ...summary, model: MODEL, engine, device, dtype, threads })}\n`);
    } else {
      process.stdout.write(`${heading(report, `${dtype}, ${implementation}, ${threads} threads`)}\n`);
      process.stdout.write(rankingTable(ranking, process.stdout.columns ?? 120));
      process.stdout.write(
        '\nYour own rows, judged by a real model: evosift score FILE -m HuggingFaceTB/SmolLM2-135M\n',
      );
    }
    if (report.scored === 0) process.exitCode = EXIT.failed;
  } catch (error) {
    if (interrupt.exitCode === null) throw error;
    process.exitCode = interrupt.exitCode;
  } finally {
    await rm(run, { recursive: true, force: true });
  }
}

const heading = (report: ScoreFilesReport, engine: string): string =>
  `${report.scored} of ${report.rows} rows of GSM8K scored with ${MODEL} (${engine}) in ${report.seconds.toFixed(1)} s: ` +
  `${Math.round(report.tokens_s)} tokens/s, mean IC-IFD ${report.mean_ic_ifd?.toPrecision(4) ?? '-'}.\n` +
  'IC-IFD = L(A|Q) / (L(Q) L(A)), highest first:\n';
