import { ALPACA_LAYOUT, type MadeLayout } from '../../ask/scoring/made-rows.js';

/** How rows to train on are written: query and constraints in one instruction, in two fields, or as messages. */
export const SFT_LAYOUTS = ['joined', 'split', 'messages'] as const;
export type SftLayout = (typeof SFT_LAYOUTS)[number];

/** What the verifiers and the grader said of a response. */
export interface Verification {
  /** Ids. */
  readonly constraints: readonly string[];
  /** Verdicts by the functions' ids. */
  readonly functions: Readonly<Record<string, string>>;
  /** From 0 to 1. */
  readonly accuracy: number;
  /** From 0 to 10; null where it was not graded. */
  readonly grade: number | null;
}

/** A query with the constraints that its answer keeps to. */
export interface ConstrainedQuery {
  /** The row's. */
  readonly id: string;
  readonly query: string;
  /** In words, at least one. */
  readonly constraints: readonly string[];
}

/** A response that keeps to them. */
export interface VerifiedResponse {
  readonly text: string;
  /** What was thought before it; null where nothing was. */
  readonly reasoning: string | null;
  readonly verification: Verification;
}

/** A line of `sft.jsonl`: Alpaca, or messages. */
export type SftRow = { readonly id: string; readonly verification: Verification } & (
  | {
      readonly instruction: string;
      readonly input: string;
      readonly output: string;
      readonly reasoning_content?: string;
    }
  | {
      readonly messages: readonly {
        readonly role: 'user' | 'assistant';
        readonly content: string;
        readonly reasoning_content?: string;
      }[];
    }
);

/** The query, and below it what its answer is held to, a line each. */
export const joined = ({ query, constraints }: Pick<ConstrainedQuery, 'query' | 'constraints'>): string =>
  [query, ...constraints].join('\n');

export function sftRow(
  layout: SftLayout,
  { id, query, constraints }: ConstrainedQuery,
  { text, reasoning, verification }: VerifiedResponse,
): SftRow {
  const thought = reasoning === null ? {} : { reasoning_content: reasoning };
  const asked = joined({ query, constraints });
  if (layout === 'messages') {
    const messages = [
      { role: 'user', content: asked },
      { role: 'assistant', content: text, ...thought },
    ] as const;
    return { id, messages, verification };
  }
  const fields =
    layout === 'joined' ? { instruction: asked, input: '' } : { instruction: constraints.join('\n'), input: query };
  return { id, ...fields, output: text, ...thought, verification };
}

/** How the rows of a layout are read. */
export const SFT_ROW_LAYOUTS: Readonly<Record<SftLayout, MadeLayout>> = {
  joined: ALPACA_LAYOUT,
  split: ALPACA_LAYOUT,
  messages: { format: 'messages', columns: { messages: 'messages', id: 'id' } },
};

/** How preference rows are read, and what their columns are called. */
export const DPO_ROW_LAYOUT: MadeLayout = { format: 'preference', columns: { instruction: 'prompt', id: 'id' } };
export const DPO_COLUMNS: ReadonlySet<string> = new Set(['prompt', 'chosen', 'rejected']);

/** A line of `dpo.jsonl`: a preference, without what was thought before the answers. */
export interface DpoRow {
  readonly id: string;
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
  /** Of the chosen response, and beside it what was said of the rejected one. */
  readonly verification: Verification & { readonly rejected: Omit<Verification, 'constraints'> };
}

export function dpoRow(
  { id, query, constraints }: ConstrainedQuery,
  chosen: VerifiedResponse,
  rejected: VerifiedResponse,
): DpoRow {
  const { functions, accuracy, grade } = rejected.verification;
  return {
    id,
    prompt: joined({ query, constraints }),
    chosen: chosen.text,
    rejected: rejected.text,
    verification: { ...chosen.verification, rejected: { functions, accuracy, grade } },
  };
}
