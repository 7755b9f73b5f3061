import { windowOf } from '../ask/open-fleet.js';
import type { SeedSource } from '../ask/seeds.js';
import { EvosiftError } from '../base/errors.js';
import { brokenFunctions } from '../verify/broken-functions.js';
import type { Verifier } from '../verify/verifier.js';
import { answerPair } from './answer-pair.js';
import { firstQuestion } from './first-question.js';
import { chooseForSft, choosePairs, type JudgedResponse } from './choose-rows.js';
import { findVerifier, takenFunctions, takenVerifier, type FoundVerifier } from './find-verifier.js';
import { FunnelCounts, type Funnel } from './funnel.js';
import { gatherConstraints } from './gather-constraints.js';
import type { QueryLine, ResponseLine } from './lines.js';
import { pairUp, type Pair } from './pair.js';
import { QueryPool, type Query } from './pair-queries.js';
import { workInOrder, type Pipeline } from './pipeline.js';
import { planQuestions, type QuestionPlan } from './plan-questions.js';
import type { RecordedResponses } from './recorded-responses.js';
import { dpoRow, sftRow, type DpoRow, type SftRow, type VerifiedResponse } from './rows.js';

/** The files that the stages write, a JSON line for each item. */
export type StageFile = 'constraints' | 'functions' | 'verifiers' | 'queries' | 'pairs' | 'responses' | 'sft' | 'dpo';

/** Where they are written. */
export interface StageSink {
  write(file: StageFile, line: object): Promise<void>;
  /** Nothing more comes for these files. */
  finish(...files: readonly StageFile[]): Promise<void>;
}

/** What goes in. */
export interface PipelineInput {
  /** The constraints to begin with, or those that have their functions already. */
  readonly constraints:
    | { readonly kind: 'seeds'; readonly seeds: readonly string[] }
    | { readonly kind: 'verifiers'; readonly verifiers: readonly Verifier[] };
  readonly queries: SeedSource;
  /** Null: answers are asked for. */
  readonly recorded: RecordedResponses | null;
}

/** What came of it. */
export interface PipelineResult {
  readonly funnel: Funnel;
  readonly rows: { readonly sft: number; readonly dpo: number };
  /** What ended it before its end; null where nothing did. */
  readonly stopped: EvosiftError | null;
}

/**
 * Takes constraints through all stages to rows, in an order that depends on nothing but the options and the answers: each
 * line is written as soon as it and those before it are known.
 *
 * @throws EvosiftError as `Asker.ask` (but for stops, which are returned), `Sandbox.run` and what the sink throws.
 */
export async function runPipeline(pipeline: Pipeline, input: PipelineInput, sink: StageSink): Promise<PipelineResult> {
  const funnel = new FunnelCounts();
  const rows = { sft: 0, dpo: 0 };
  const { constraints, queries, recorded } = input;
  const plan = planQuestions(pipeline, constraints, recorded !== null);
  const found =
    constraints.kind === 'verifiers'
      ? await takeVerifiers(pipeline, constraints.verifiers, funnel, sink)
      : await seekVerifiers(pipeline, constraints.seeds, { plan, funnel, sink });
  const result = (stopped: EvosiftError | null): PipelineResult => ({ funnel: funnel.values, rows, stopped });
  if (found.stopped !== null) return result(found.stopped);

  const { verifiers } = found;
  const dealt = await dealQueries(pipeline, queries, verifiers, { funnel, sink });
  plan.pairsAre(dealt.length);
  const stopped = await workInOrder(
    dealt,
    windowOf(pipeline.settings),
    async ({ verifier, query }) => {
      const pair = await pairUp(pipeline, verifier, query, verifiers);
      return { pair, responses: await answerPair(pipeline, pair, recorded) };
    },
    async ({ pair, responses }) => {
      funnel.add('pairs', null);
      await sink.write('pairs', pair.line);
      const made = makeRows(pair, responses, pipeline, funnel);
      for (const line of responses) {
        countResponse(funnel, line);
        await sink.write(
          'responses',
          made.outdone.has(line) ? { ...line, status: 'dropped', reason: 'outdone' } : line,
        );
      }
      for (const row of made.sft) await sink.write('sft', row);
      for (const row of made.dpo) await sink.write('dpo', row);
      rows.sft += made.sft.length;
      rows.dpo += made.dpo.length;
    },
  );
  return result(stopped);
}

/** Verified constraints, and what ended the search for them; null where nothing did. */
interface FoundVerifiers {
  readonly verifiers: readonly Verifier[];
  readonly stopped: EvosiftError | null;
}

/** Takes those that are there, without the functions that can't check anything. */
async function takeVerifiers(
  { sandbox, settings }: Pipeline,
  given: readonly Verifier[],
  funnel: FunnelCounts,
  sink: StageSink,
): Promise<FoundVerifiers> {
  const broken = await brokenFunctions(sandbox, given);
  const verifiers: Verifier[] = [];
  for (const verifier of given) {
    funnel.add('constraints', null);
    const functions = verifier.functions.filter(({ id }) => !broken.has(id));
    for (const line of takenFunctions(verifier, broken)) {
      funnel.add('functions', line.reason);
      await sink.write('functions', line);
    }
    await sink.write('verifiers', takenVerifier({ ...verifier, functions }));
    if (functions.length > 0) verifiers.push({ ...verifier, functions });
  }
  const [first] = broken.values();
  if (first !== undefined) {
    const what = `${broken.size} of its functions can't be used (${first})`;
    if (verifiers.length === 0) throw new EvosiftError('bad_data', `${settings.verifiers}: ${what}, and none is left`);
    settings.logger?.warn({}, `${settings.verifiers}: ${what}; see functions.jsonl.`);
  }
  await sink.finish('constraints', 'functions', 'verifiers');
  return { verifiers, stopped: null };
}

/** Stages 1 to 5: constraints, their functions and cases, and what is left of them. */
async function seekVerifiers(
  pipeline: Pipeline,
  seeds: readonly string[],
  { plan, funnel, sink }: { readonly plan: QuestionPlan; readonly funnel: FunnelCounts; readonly sink: StageSink },
): Promise<FoundVerifiers> {
  const verifiers: Verifier[] = [];
  const gathered = await gatherConstraints(pipeline, seeds, async (line) => {
    funnel.add('constraints', line.reason);
    await sink.write('constraints', line);
  });
  if (gathered.stopped !== null) return { verifiers, stopped: gathered.stopped };
  await sink.finish('constraints');
  plan.constraintsAre(gathered.constraints.length);
  const stopped = await workInOrder(
    gathered.constraints,
    windowOf(pipeline.settings),
    (constraint) => findVerifier(pipeline, constraint),
    async (found) => {
      countFound(funnel, found);
      for (const line of found.functions) await sink.write('functions', line);
      await sink.write('verifiers', found.verifier);
      if (found.verifier.status === 'kept') verifiers.push(found.verifier);
    },
  );
  if (stopped === null) await sink.finish('functions', 'verifiers');
  return { verifiers, stopped };
}

function countFound(funnel: FunnelCounts, { functions, verifier }: FoundVerifier): void {
  for (const { reason, dropped_cases: unusable } of functions) {
    funnel.add('functions', reason);
    for (const [why, times] of Object.entries(unusable)) funnel.add('cases', why, times);
  }
  funnel.add('cases', null, verifier.cases.length);
  funnel.add('cases', 'no_agreement', verifier.dropped_cases);
  const { stage, reason } = verifier;
  const stages = ['cross_validation', 'back_translation', 'contradiction'] as const;
  for (const one of stages) {
    if (one !== 'cross_validation' && verifier.back_translations.length === 0) return;
    funnel.add(one, stage === one ? reason : null);
    if (stage === one) return;
  }
}

interface DealtQuery {
  readonly verifier: Verifier;
  readonly query: Query;
}

/** Reads the queries and deals them to the verifiers. */
async function dealQueries(
  { settings }: Pipeline,
  queries: SeedSource,
  verifiers: readonly Verifier[],
  { funnel, sink }: { readonly funnel: FunnelCounts; readonly sink: StageSink },
): Promise<readonly DealtQuery[]> {
  const { queriesPerConstraint, queryMin: minCharacters, queryMax: maxCharacters, seed = 0 } = settings;
  const capacity = Math.max(1, verifiers.length * queriesPerConstraint);
  const pool = new QueryPool({ capacity, minCharacters, maxCharacters, seed });
  for await (const { seed: row, example } of queries) {
    const unread = row.ok ? 'empty_instruction' : row.reason;
    const reason = example === null ? unread : pool.add(firstQuestion(example), row.index);
    funnel.add('queries', reason);
    if (reason !== null)
      await sink.write('queries', { index: row.index, status: 'dropped', reason } satisfies QueryLine);
  }
  await sink.finish('queries');
  return pool
    .deal(verifiers, queriesPerConstraint)
    .flatMap(({ constraint: verifier, queries: dealt }) => dealt.map((query) => ({ verifier, query })));
}

/** At the stage that an answer came to. */
function countResponse(funnel: FunnelCounts, { reason, accuracy, grade }: ResponseLine): void {
  funnel.add('responses', accuracy === null ? reason : null);
  if (accuracy === null) return;
  funnel.add('verification', reason === 'unverified' ? reason : null);
  if (reason !== 'unverified' && (grade !== null || reason !== null)) funnel.add('quality', reason);
}

interface MadeRows {
  readonly sft: readonly SftRow[];
  readonly dpo: readonly DpoRow[];
  /** Answers that would have been good enough. */
  readonly outdone: ReadonlySet<ResponseLine>;
}

/** The rows that come of a query's answers. */
function makeRows(
  { line, verifiers }: Pair,
  responses: readonly ResponseLine[],
  { settings }: Pipeline,
  funnel: FunnelCounts,
): MadeRows {
  const { layout, sftPerQuery, dpo } = settings;
  const asked = { id: line.id, query: line.query, constraints: verifiers.map(({ constraint }) => constraint) };
  const kept = judged(responses.filter(({ status }) => status === 'kept'));
  const chosen = chooseForSft(kept, sftPerQuery);
  funnel.add('sft', null, chosen.length);
  funnel.add('sft', 'outdone', kept.length - chosen.length);
  const answerOf = ({ text, line: answer }: JudgedLine): VerifiedResponse => ({
    text,
    reasoning: answer.reasoning_content ?? null,
    verification: {
      constraints: line.constraints,
      functions: answer.functions,
      accuracy: answer.accuracy ?? 0,
      grade: answer.grade,
    },
  });
  const numbered = (place: number): string => (place === 0 ? line.id : `${line.id}.${place}`);
  const sft = chosen.map((one, place) => sftRow(layout, { ...asked, id: numbered(place) }, answerOf(one)));
  const outdone = new Set(kept.filter((one) => !chosen.includes(one)).map((one) => one.line));
  if (!dpo) return { sft, dpo: [], outdone };
  const pairs = choosePairs(judged(responses));
  funnel.add('dpo', pairs.length === 0 ? 'no_pair' : null);
  const preferred = pairs.map((pair, place) =>
    dpoRow({ ...asked, id: numbered(place) }, answerOf(pair.chosen), answerOf(pair.rejected)),
  );
  return { sft, dpo: preferred, outdone };
}

interface JudgedLine extends JudgedResponse {
  readonly line: ResponseLine;
}

/** Answers that were verified. */
const judged = (lines: readonly ResponseLine[]): readonly JudgedLine[] =>
  lines.flatMap((line) => {
    const { response, accuracy, grade } = line;
    return response === null || accuracy === null ? [] : [{ text: response, accuracy, grade, line }];
  });
