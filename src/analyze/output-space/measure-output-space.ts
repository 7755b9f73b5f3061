import { throwIfAborted } from '../../async/abort.js';
import { EvosiftError } from '../../base/errors.js';
import { silentLogger } from '../../base/logger.js';
import { roundOf } from '../../ask/variant.js';
import type { JournalAnswer, JournalAnswers } from '../../llm/journal/journal-answers.js';
import { borrowScorer } from '../../score/run/borrow-scorer.js';
import { scorerIdentity } from '../../score/run/scorer-identity.js';
import type { Scorer } from '../../score/scorer.js';
import { measureByLogprobs } from './by-logprobs.js';
import { measureByWeights } from './by-weights.js';
import { KeptMeasurements } from './kept-measurements.js';
import type { MeasuredAnswer } from './measurement.js';
import { openRunAnswers, type RunAnswers } from './open-answers.js';
import { settleOutputSpaceOptions, type OutputSpaceOptions, type OutputSpaceSettings } from './options.js';
import { OutputSpaceTally, type OutputSpace } from './output-space.js';
import { mostPositions } from './positions.js';
import { mayBeSameModel } from './same-model.js';

/**
 * The distribution of the most likely token's probability, and of the entropy, at the positions of a generator's own
 * answers, each under the very prompt that it answered: of all answers in a run's journal, those included that came to
 * nothing. Under weights these are the model's own probabilities, at temperature 1 whatever the answer was drawn with.
 *
 * @param run The directory of a run that asked generators.
 * @throws EvosiftError `bad_argument`; `bad_data` where the run has no answers, none with log-probabilities, or some
 *   without messages; as `loadScorer`; `unsupported_tokenizer` where the model has no chat template; `aborted`.
 */
export async function measureOutputSpace(run: string, options: OutputSpaceOptions): Promise<OutputSpace> {
  const settings = settleOutputSpaceOptions(options);
  const { scorer, signal, logger, positions } = settings;
  throwIfAborted(signal);
  await using opened = await openRunAnswers(run);
  const generators = chosenGenerators(run, opened.answers, settings);
  const most = mostPositions(positions);
  if (scorer === undefined) {
    const tally = await addUp(opened, generators, (answers) => measureByLogprobs(answers, most), settings);
    const { answers, unmeasured } = tally;
    if (answers === 0 && unmeasured.every(({ reason }) => reason === 'no_logprobs')) throw withoutLogprobs(run);
    return { source: 'logprobs', model: null, positions, entropyIs: 'lower_bound', ...tally };
  }
  const place = { out: run, place: () => run };
  await using borrowed = await borrowScorer(scorer, place, { ...(signal && { signal }), ...(logger && { logger }) });
  const { model } = borrowed.scorer.info;
  warnOfOthers(model, opened.answers, generators, settings);
  await using kept = await openKept(borrowed.scorer, settings);
  const byWeights = (answers: AsyncIterable<JournalAnswer>) =>
    measureByWeights(answers, borrowed.scorer, most, kept, settings);
  const tally = await addUp(opened, generators, byWeights, settings);
  return { source: 'weights', model, positions, entropyIs: 'exact', ...tally };
}

/** The generators whose answers are measured. One model's weights are one generator's. */
function chosenGenerators(
  run: string,
  { models }: JournalAnswers,
  { generator, scorer }: OutputSpaceSettings,
): readonly string[] {
  const names = [...models.keys()];
  if (generator !== undefined) {
    if (models.has(generator)) return [generator];
    throw badGenerator(`\`generator\` ${generator} answered nothing in ${run}; it has answers of ${names.join(', ')}`);
  }
  if (scorer === undefined || names.length === 1) return names;
  throw badGenerator(`${run} has answers of ${names.join(', ')}; say by \`generator\` whose weights these are`);
}

const badGenerator = (message: string): EvosiftError =>
  new EvosiftError('bad_argument', message, { option: 'generator' });

/** Warns where the weights seem to be another model's than the answers. */
function warnOfOthers(
  model: string,
  { models }: JournalAnswers,
  generators: readonly string[],
  { logger = silentLogger }: OutputSpaceSettings,
): void {
  const asked = generators.flatMap((name) => [...(models.get(name) ?? [])]);
  const others = asked.filter((one) => !mayBeSameModel(one, model));
  if (others.length === 0) return;
  const named = others.join(', ');
  logger.warn({ model, asked }, `the answers are those of ${named}: the weights of ${model} may not be its own`);
}

/** What was measured by this model before; null where nothing is kept. */
async function openKept(
  scorer: Scorer,
  { kept, positions, templateKwargs, signal }: OutputSpaceSettings,
): Promise<KeptMeasurements | null> {
  if (kept === undefined) return null;
  return await KeptMeasurements.open(kept, { ...(await scorerIdentity(scorer, signal)), positions, templateKwargs });
}

async function addUp(
  { kind, answers }: RunAnswers,
  generators: readonly string[],
  measure: (answers: AsyncIterable<JournalAnswer>) => AsyncIterable<MeasuredAnswer>,
  { signal, onAnswer, onProgress }: OutputSpaceSettings,
): Promise<Pick<OutputSpace, 'answers' | 'unmeasured' | 'groups'>> {
  async function* chosen(): AsyncGenerator<JournalAnswer> {
    for await (const answer of answers) if (generators.includes(answer.generator)) yield answer;
  }
  const total = generators.reduce((sum, name) => sum + (answers.counts[name] ?? 0), 0);
  const tally = new OutputSpaceTally();
  let done = 0;
  for await (const { answer, measurement } of measure(chosen())) {
    throwIfAborted(signal);
    const round = kind === 'evolve' ? roundOf(answer.key.item) : null;
    const statistics = tally.add(answer, round, measurement);
    onAnswer?.(statistics);
    onProgress?.({ answers: ++done, total });
  }
  return tally.result;
}

const withoutLogprobs = (run: string): EvosiftError =>
  new EvosiftError(
    'bad_data',
    `${run} kept no log-probabilities of the likeliest tokens; ask with \`logprobs\`, of a server that gives them, or ` +
      "measure under the generator's own weights",
    { option: 'logprobs' },
  );
