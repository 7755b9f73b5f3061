import { EvosiftError } from '../base/errors.js';
import { openDatabase, type Database } from '../database/database.js';
import { ranksBy } from '../score/recipes/index.js';
import { writeDatasetInfo } from './dataset-info.js';
import { checkExportFolder, writeExport, type ExportSummary } from './export/write-export.js';
import { countJoined, type JoinCounts } from './joined.js';
import { loadSubject } from './load-subject.js';
import { isFile, throwIfAborted, type OrderedPlan, type RankPlan } from './plan.js';
import { writeFailure } from './output-stream.js';
import { previewRows, type RankedPreview } from './preview.js';
import { byDistances } from './diversity/by-distances.js';
import { rankedRows } from './ranked-rows.js';
import { resolveColumns } from './resolve-columns.js';
import { select, type SelectionCounts } from './selection.js';
import { openSubject, type Subject } from './subject.js';
import { watched } from './watched-rows.js';
import { writePart } from './write-part.js';

/** What a ranking came to. A row here is a line of the scores: with `--turns each`, an assistant turn. */
export interface RankSummary extends SelectionCounts {
  /** Whether every row of the run has an outcome; otherwise those were ranked that have one. */
  readonly complete: boolean;
  readonly by: string;
  /** The recipe of the run, where `by` is what it ranks by; null where `by` was named. */
  readonly byRecipe: string | null;
  readonly ascending: boolean;
  /** By joined file. */
  readonly joins: readonly JoinCounts[];
  /** Files that were written, or null. */
  readonly out: string | null;
  readonly rest: string | null;
  readonly datasetInfo: string | null;
  /** What was written for a trainer, or null. */
  readonly exported: ExportSummary | null;
  /** The selection's best rows, and the last ones of those after them; as many as `preview` asked for. */
  readonly top: readonly RankedPreview[];
  readonly bottom: readonly RankedPreview[];
}

/**
 * Orders, selects and writes, as `rank` says.
 *
 * @throws EvosiftError as `rank`.
 */
export async function assembleRanking(plan: RankPlan): Promise<RankSummary> {
  throwIfAborted(plan);
  if (plan.exported !== null) await checkExportFolder(plan.exported);
  const subject = await openSubject(plan);
  if (subject.turns === 'each') refuseWholeRows(plan);
  await using database = await openDatabase(plan.run, 'ranking');
  try {
    const by = plan.by ?? ranksBy(subject.recipe);
    const byRecipe = plan.by === undefined ? subject.recipe : null;
    return { ...(await rankIn(database, { ...plan, by }, subject)), byRecipe };
  } catch (error) {
    throwIfAborted(plan);
    throw writeFailure(plan.run, error);
  }
}

async function rankIn(database: Database, plan: OrderedPlan, subject: Subject): Promise<Omit<RankSummary, 'byRecipe'>> {
  const { layout, turns, complete } = subject;
  const { run, names, expressions } = await loadSubject(database, plan, subject);
  const { connection, joined } = run;
  const columns = await resolveColumns(connection, plan, expressions, names);
  const counts = await select(connection, plan, columns, byDistances(run, plan, layout));
  if (counts.left > 0 && counts.leftOut.no_value === counts.left) {
    const unmatched = (await countJoined(connection, joined)).filter(({ found }) => found === 0);
    const hint = unmatched.map(({ path, key }) => `; ${path} was found for 0 of ${counts.scored} rows (by ${key})`);
    throw new EvosiftError(
      'bad_argument',
      `rank: \`by\` ${plan.by}: none of the ${counts.left} scored rows has a number there; order them by another field${hint.join('')}`,
      { option: 'by' },
    );
  }

  if (plan.out !== null) await writePart(run, 'selection', plan.out, { plan, database, names });
  if (plan.rest !== null) await writePart(run, 'rest', plan.rest, { plan, database, names });
  const exported =
    plan.exported === null
      ? null
      : await writeExport(watched(rankedRows(run, 'selection'), plan), plan.exported, {
          layout,
          isLastTurnOnly: turns === 'last',
        });
  const datasetInfo =
    plan.datasetInfo && isFile(plan.out) ? await writeDatasetInfo(plan.out.path, layout, names) : null;
  return {
    ...counts,
    complete,
    by: plan.by,
    ascending: plan.ascending,
    joins: await countJoined(connection, joined),
    out: isFile(plan.out) ? plan.out.path : null,
    rest: plan.rest?.path ?? null,
    datasetInfo,
    exported,
    ...(await previewRows(run, layout, plan.preview, counts.kept)),
  };
}

/** Throws `bad_argument` where something is asked that is about whole rows, of a run that ranks their turns one by one. */
function refuseWholeRows({ exported, diversity }: RankPlan): void {
  const option =
    exported !== null
      ? 'export'
      : diversity === null
        ? null
        : diversity.nearDuplicates !== null
          ? 'nearDuplicates'
          : diversity.clusters !== null
            ? 'clusters'
            : 'diverse';
  if (option === null) return;
  const what = option === 'export' ? 'writes' : 'compares';
  throw new EvosiftError(
    'bad_argument',
    `rank: \`${option}\` ${what} whole rows, and this run ranks the turns of rows one by one; score it with \`turns\` last`,
    { option },
  );
}
