import type { ChatMessage } from '../../llm/chat.js';
import type { ParsedRow } from '../../rows/example.js';
import type { SourceRow } from '../../rows/source-row.js';
import type { RewardReason, RewardRow } from '../../score/rewards/rewards.js';
import { turnsOf } from '../../score/sequences/turns.js';

/** What a row's instruction was asked for by, or why that is not known. */
export type Asking =
  | { readonly ok: true; readonly messages: readonly ChatMessage[] }
  | { readonly ok: false; readonly reason: RewardReason; readonly detail: string };

/** What instructions were asked for by. */
export interface AskedFor extends AsyncDisposable {
  /** Hex sha-256 of what the prompts' words come from. */
  readonly hash: string;
  /** @throws EvosiftError `bad_config` where the prompt can't be filled in. */
  promptOf(source: SourceRow, question: { readonly instruction: string; readonly input: string }): Promise<Asking>;
}

/** The prompt that asked for a row's instruction, and that instruction as the answer to it. */
export async function askedConversation(asked: AskedFor, row: ParsedRow, source: SourceRow): Promise<RewardRow['row']> {
  if (!row.ok) return row;
  const { id, hash, example } = row;
  const unscored = (reason: RewardReason, detail: string): RewardRow['row'] => ({
    id,
    ok: false,
    hash,
    reason,
    detail,
  });
  const [turn, ...others] = turnsOf(example);
  if (turn === undefined) return unscored('empty_instruction', 'the row asks nothing');
  if (others.length > 0) return unscored('multi_turn', `${others.length + 1} exchanges, of which no prompt made one`);
  const { instruction } = turn;
  if (instruction.trim() === '') return unscored('empty_instruction', 'the instruction is empty');
  const asking = await asked.promptOf(source, turn);
  if (!asking.ok) return unscored(asking.reason, asking.detail);
  const messages = [...asking.messages, { role: 'assistant', content: instruction } as const];
  return { id, ok: true, hash, example: { kind: 'conversation', messages } };
}
