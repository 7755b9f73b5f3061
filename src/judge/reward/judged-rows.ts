import { parseSourceRow } from '../../rows/parse-source-row.js';
import type { RewardRow } from '../../score/rewards/rewards.js';
import { askedConversation } from './asked-for.js';
import type { RewardData } from './reward-plan.js';

/** The rows that are still to be judged, in order, as the conversations that have the rewards. */
export async function* judgedRows(
  { rows, layout, asked, total }: RewardData,
  lastIndex: number | null,
): AsyncGenerator<RewardRow, void, undefined> {
  const from = lastIndex === null ? 0 : lastIndex + 1;
  for await (const source of rows.rows({ from, to: total })) {
    const row = parseSourceRow(source, layout, rows.files);
    yield { index: source.index, row: asked === null ? row : await askedConversation(asked, row, source) };
  }
}
