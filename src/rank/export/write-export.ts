import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { EvosiftError } from '../../base/errors.js';
import { systemCode } from '../../base/system-error.js';
import type { RowLayout } from '../../rows/row-layout.js';
import { writeFailure, writeStream, type OutputStream } from '../output-stream.js';
import { exampleOf } from '../row-example.js';
import type { RankedRow } from '../row-text.js';
import { axolotl } from './axolotl.js';
import type { ExportPlan } from './export-plan.js';
import { llamafactory } from './llamafactory.js';
import { DATASET, type Trainer, type TrainerName, type Training } from './trainer.js';
import { Refusal, trainingRow, type RefusalCode, type TrainingRow } from './training-row.js';
import { trl } from './trl.js';

const TRAINERS: Readonly<Record<TrainerName, Trainer>> = { llamafactory, trl, axolotl };

/** The rows of a selection that are not in its export, each with the reason. */
const LEFT_OUT = 'left_out.jsonl';

/** What an export came to. */
export interface ExportSummary {
  readonly trainer: TrainerName;
  readonly folder: string;
  /** What starts the training there. */
  readonly command: string;
  /** Rows that the trainer is given, and the lines of its data set that they became. */
  readonly rows: number;
  readonly lines: number;
  /** Rows that it, or the template, has no form for; `left_out.jsonl` names them. */
  readonly leftOut: Readonly<Partial<Record<RefusalCode, number>>>;
}

/** What was scored of rows, which is what is learnt. */
export interface ScoredTexts {
  readonly layout: RowLayout;
  /** Of a row's answers the last one alone. */
  readonly isLastTurnOnly: boolean;
}

/** @throws EvosiftError `bad_argument` where the folder of an export holds something. */
export async function checkExportFolder({ folder }: ExportPlan): Promise<void> {
  const found = await readdir(folder).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw badFolder(systemCode(error) === 'ENOTDIR' ? `${folder} is a file` : `${folder} can't be read`, error);
  });
  if (found.length > 0) throw badFolder(`${folder} is not empty`);
}

const badFolder = (what: string, cause?: unknown): EvosiftError =>
  new EvosiftError('bad_argument', `rank: ${what}; \`export\` writes a folder of its own: name a new one`, {
    cause,
    option: 'out',
  });

/**
 * Writes rows as a trainer reads them, with the settings that it trains by, into a folder: whole or not at all.
 *
 * @param rows The selection, best first.
 * @throws EvosiftError `bad_data` where no row has a form that the trainer reads; `disk_full`.
 */
export async function writeExport(
  rows: AsyncIterable<RankedRow>,
  plan: ExportPlan,
  scored: ScoredTexts,
): Promise<ExportSummary> {
  const { folder, trainer: name } = plan;
  const training = { ...plan.training, isLastTurnOnly: scored.isLastTurnOnly };
  const trainer = TRAINERS[name];
  const partial = `${folder}.${process.pid}.partial`;
  try {
    await mkdir(dirname(folder), { recursive: true });
    await mkdir(partial);
    const counts = await writeRows(rows, partial, trainer, training, scored.layout);
    const head = `# ${trainer.title}; in this folder: ${trainer.command}\n`;
    await writeFile(join(partial, 'train.yaml'), head + stringify(trainer.settings(training)));
    for (const [file, text] of Object.entries(trainer.files(training))) await writeFile(join(partial, file), text);
    // An empty folder gives way.
    await rename(partial, folder);
    return { trainer: name, folder, command: trainer.command, ...counts };
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw writeFailure(folder, error);
  }
}

type Counts = Pick<ExportSummary, 'rows' | 'lines' | 'leftOut'>;

async function writeRows(
  rows: AsyncIterable<RankedRow>,
  folder: string,
  trainer: Trainer,
  training: Training,
  layout: RowLayout,
): Promise<Counts> {
  const counts = { rows: 0, lines: 0 };
  const leftOut: Partial<Record<RefusalCode, number>> = {};
  const refused = new Map<string, RefusalCode>();
  await writeStream(join(folder, DATASET), async (output) => {
    for await (const row of rows) {
      const lines = linesOf(row, trainer, training, layout);
      if (lines instanceof Refusal) {
        leftOut[lines.reason] = (leftOut[lines.reason] ?? 0) + 1;
        refused.set(placeOf(row), lines.reason);
        continue;
      }
      counts.rows++;
      counts.lines += lines.length;
      await put(output, lines);
    }
  });
  if (counts.rows === 0) {
    const reasons = Object.entries(leftOut).map(([reason, count]) => `${reason} ${count}`);
    throw new EvosiftError(
      'bad_data',
      `rank: no selected row can be given to ${trainer.title}${reasons.length === 0 ? ': none was selected' : ` (${reasons.join(', ')})`}`,
    );
  }
  if (refused.size > 0) {
    await writeStream(join(folder, LEFT_OUT), async (output) => {
      for (const [place, reason] of refused) await put(output, [{ ...(JSON.parse(place) as object), reason }]);
    });
  }
  return { ...counts, leftOut };
}

async function put(output: OutputStream, lines: readonly object[]): Promise<void> {
  for (const line of lines) output.push(`${JSON.stringify(line)}\n`);
  await output.ready();
}

function linesOf(row: RankedRow, trainer: Trainer, training: Training, layout: RowLayout): readonly object[] | Refusal {
  const parsed = exampleOf(row, layout);
  if (!parsed.ok) return new Refusal('unreadable');
  const given = trainingRow(parsed.example, training.isLastTurnOnly);
  if (given instanceof Refusal) return given;
  const unframed = training.template === 'alpaca' ? unframable(given) : null;
  return unframed ?? trainer.lines(given, training);
}

/** What Alpaca's frame has no place for. */
function unframable({ messages, tools }: TrainingRow): Refusal | null {
  if (tools !== null || messages.some(({ role, calls }) => role === 'tool' || calls.length > 0)) {
    return new Refusal('tools_in_alpaca_template');
  }
  return messages.slice(1).some(({ role }) => role === 'system') ? new Refusal('system_in_the_middle') : null;
}

/** Index, id and hash of a row, as JSON. */
function placeOf({ added }: RankedRow): string {
  const fields = ['index', 'id', 'hash'].map((name) => {
    const [, json = 'null'] = added.find(([field]) => field === name) ?? [];
    return `"${name}":${json}`;
  });
  return `{${fields.join(',')}}`;
}
