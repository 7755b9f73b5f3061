import { withoutAnswers } from '../../ask/seeds.js';
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
  const read = asked === null ? rows : withoutAnswers(rows);
  for await (const source of read.rows({ from, to: total })) {
    const row = parseSourceRow(source, layout, rows.files);
    if (asked === null) {
      yield { index: source.index, row };
      continue;
    }
    // Of an exchange that nobody has answered the instruction is there all the same.
    const unanswered = row.ok ? row : parseSourceRow(source, layout, rows.files, { answered: false });
    const asking = unanswered.ok && unanswered.example.kind === 'exchange' ? unanswered : row;
    yield { index: source.index, row: await askedConversation(asked, asking, source) };
  }
}
