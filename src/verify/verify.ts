import { throwIfAborted } from '../async/abort.js';
import { mapInOrder } from '../async/map-in-order.js';
import { silentLogger } from '../base/logger.js';
import { parseThreshold } from '../base/threshold.js';
import { KeptStream } from '../files/kept-stream.js';
import { refuseToReplace } from '../files/refuse-to-replace.js';
import { openData } from '../rows/open-data.js';
import { parseSourceRow } from '../rows/parse-source-row.js';
import { settleLayout } from '../rows/settle-layout.js';
import { refuseRunFile } from '../runs/refuse-run-file.js';
import { dataOf } from '../runs/run-data.js';
import { openSandbox, type Sandbox } from '../sandbox/index.js';
import { checkEach } from './check-responses.js';
import { openOutput } from './line-output.js';
import { readVerifierSet, verifiersFile } from './read-verifiers.js';
import { rowToVerify, verdictLine, type RowToVerify, type VerdictLine } from './verdict-line.js';
import type { VerifierSet } from './verifier-set.js';
import { settleVerifyOptions, type VerifyOptions, type VerifySettings } from './verify-options.js';
import { VerifyTally, type VerifyReport } from './verify-tally.js';

/** Rows, or characters of answers, that are checked at a time; which rows go together does not depend on time. */
const [BATCH_ROWS, BATCH_CHARACTERS] = [256, 4 * 2 ** 20];

/** Batches at a time: while one ends, the next one's functions run. */
const BATCHES = 2;

/**
 * Checks the answers of rows by functions, and writes a line for each row, in input order. The line has the row's content
 * hash, so that `rank` joins it to the row's scores.
 *
 * @throws EvosiftError `bad_argument`, `bad_data`, `disk_full`, `aborted`, `hub_error`, `sandbox_unavailable`.
 */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  const settings = settleVerifyOptions(options);
  const { out, signal, onProgress, logger = silentLogger } = settings;
  throwIfAborted(signal);
  const known = await readVerifierSet(settings.functions);
  await using input = settings.data[0] === '-' ? await KeptStream.of(process.stdin, signal) : null;
  const rows = await openVerifiable(input === null ? settings : { ...settings, data: [input.path] }, known);
  await using sandbox = await openSandbox(sandboxOptions(settings));
  await using output = await openOutput(out);
  const tally = new VerifyTally();
  const { accepts } = parseThreshold(settings.accuracy);
  const check = (batch: readonly RowToVerify[]): Promise<readonly VerdictLine[]> =>
    checkBatch(batch, sandbox, tally, accepts);
  for await (const lines of mapInOrder(inBatches(rows.rows()), BATCHES, check)) {
    throwIfAborted(signal);
    for (const line of lines) {
      tally.addLine(line);
      await output.write(`${JSON.stringify(line)}\n`);
    }
    onProgress?.({ rows: tally.rows, total: rows.total });
  }
  await output.finish();
  const modules = tally.missingModules;
  if (modules.length > 0) {
    const names = modules.join(', ');
    logger.warn({ modules }, `Functions need modules that are not there (${names}): \`python\` takes an environment.`);
  }
  const [first, ...others] = tally.undefined;
  if (first !== undefined) {
    const more = others.length === 0 ? '' : `, and ${others.length} more`;
    logger.warn(
      {},
      `Functions can't be defined, and so say nothing (${first}${more}): see \`errors\` in the verdicts.`,
    );
  }
  return tally.report(typeof out === 'string' ? out : null);
}

interface Verifiable {
  readonly total: number;
  rows(): AsyncGenerator<RowToVerify, void, undefined>;
}

async function openVerifiable(settings: VerifySettings, known: VerifierSet): Promise<Verifiable> {
  const { data, hub = false, limit = Infinity } = settings;
  const { rows } = await openData(hub ? data : await dataOf(data), settings);
  const functions = await verifiersFile(settings.functions);
  const inputs = [functions, ...rows.files.map(({ path }) => path)];
  if (typeof settings.out === 'string') {
    refuseToReplace('verify', 'out', settings.out, inputs);
    refuseRunFile('verify', 'out', settings.out, null);
  }
  const layout = await settleLayout(rows, settings);
  const total = Math.min(limit, await rows.count());
  return {
    total,
    async *rows() {
      for await (const source of rows.rows({ to: total })) {
        yield rowToVerify(source, parseSourceRow(source, layout, rows.files), known);
      }
    },
  };
}

const sandboxOptions = ({ python, caseTimeout, caseMemory, trustCode, signal, logger }: VerifySettings) => ({
  python,
  caseTimeout,
  caseMemory,
  trustCode,
  signal,
  logger,
});

async function* inBatches(rows: AsyncIterable<RowToVerify>): AsyncGenerator<readonly RowToVerify[], void, undefined> {
  let batch: RowToVerify[] = [];
  let characters = 0;
  for await (const row of rows) {
    batch.push(row);
    characters += row.ok ? row.response.length : 0;
    if (batch.length < BATCH_ROWS && characters < BATCH_CHARACTERS) continue;
    yield batch;
    batch = [];
    characters = 0;
  }
  if (batch.length > 0) yield batch;
}

async function checkBatch(
  batch: readonly RowToVerify[],
  sandbox: Sandbox,
  tally: VerifyTally,
  accepts: (accuracy: number) => boolean,
): Promise<readonly VerdictLine[]> {
  const checks = batch.filter((row) => row.ok);
  const checked = (await checkEach(sandbox, checks, (verdict) => tally.addVerdict(verdict))).values();
  return batch.map((row) => verdictLine(row, row.ok ? (checked.next().value ?? null) : null, accepts));
}
