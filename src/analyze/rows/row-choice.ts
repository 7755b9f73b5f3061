import { quoteText } from '../../database/database.js';
import type { GroupKey } from '../groups.js';

/** Which rows of a run are meant; default all of its lines. */
export interface RowChoice {
  /** Only a group's. */
  readonly group?: GroupKey | null;
  /** A row whose turns were scored one by one counts once, by its first one. */
  readonly rowsOnce?: boolean;
  /** Where rows tell rounds, none of round 0: the seeds are not what a run made. */
  readonly withoutSeeds?: boolean;
}

/** The condition that rows of a run are chosen by. */
export function chosen(run: string, { group = null, rowsOnce = false, withoutSeeds = false }: RowChoice): string {
  const ofRun = `run = ${quoteText(run)}`;
  return [
    ofRun,
    ...(group === null ? [] : [`${group.by} = ${quoteText(group.value)}`]),
    ...(rowsOnce ? [`place IN (SELECT min(place) FROM rows WHERE ${ofRun} GROUP BY "index")`] : []),
    ...(withoutSeeds ? ['(round IS NULL OR round > 0)'] : []),
  ].join(' AND ');
}
