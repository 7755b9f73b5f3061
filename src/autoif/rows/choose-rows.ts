import { distinctBy } from '../../base/distinct-by.js';

/** A response as its verifiers and its grader judged it. */
export interface JudgedResponse {
  readonly text: string;
  /** The least, over its constraints, of the mean over their functions: from 0 to 1. */
  readonly accuracy: number;
  /** From 0 to 10; null where it was not graded. */
  readonly grade: number | null;
}

/**
 * The responses that become rows to train on: the most accurate, then the best graded, then the first. Equal texts
 * count once.
 *
 * @param most From 1.
 */
export const chooseForSft = <Response extends JudgedResponse>(
  responses: readonly Response[],
  most = 1,
): readonly Response[] => bestOf(responses, most);

/** A response to prefer, and one to prefer it to. */
export interface ChosenPair<Response extends JudgedResponse> {
  readonly chosen: Response;
  readonly rejected: Response;
}

/** The accuracy that a preferred response has at least. */
const CHOSEN_ACCURACY = 0.5;

/**
 * The pairs of a query's responses, as AutoIF builds them (Dong et al., 2024, section 3.4): what at least half of the
 * functions accept against what none does; the best chosen first. Equal texts are no pair.
 *
 * @param most Of chosen and of rejected responses, so that there are at most `most * most` pairs.
 */
export function choosePairs<Response extends JudgedResponse>(
  responses: readonly Response[],
  most = 2,
): readonly ChosenPair<Response>[] {
  const chosen = bestOf(
    responses.filter(({ accuracy }) => accuracy >= CHOSEN_ACCURACY),
    most,
  );
  const rejected = distinct(responses.filter(({ accuracy }) => accuracy === 0)).slice(0, most);
  return chosen.flatMap((better) =>
    rejected.filter(({ text }) => text !== better.text).map((worse) => ({ chosen: better, rejected: worse })),
  );
}

/** Sorting is stable: of equals the first stays first. */
const bestOf = <Response extends JudgedResponse>(responses: readonly Response[], most: number): readonly Response[] =>
  distinct([...responses].sort((a, b) => b.accuracy - a.accuracy || (b.grade ?? -1) - (a.grade ?? -1))).slice(0, most);

const distinct = <Response extends JudgedResponse>(responses: readonly Response[]): readonly Response[] =>
  distinctBy(responses, ({ text }) => text);
