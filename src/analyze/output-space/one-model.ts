import { EvosiftError } from '../../base/errors.js';
import { openRunAnswers } from './open-answers.js';
import { mayBeSameModel } from './same-model.js';

/**
 * Holds several runs to answers of one model: under another one's weights they would be measured without a word.
 *
 * @param runs Their directories.
 * @throws EvosiftError `bad_argument`, which names the models; `bad_data` as `openRunAnswers`.
 */
export async function checkOneModel(runs: readonly string[]): Promise<void> {
  const asked: { readonly run: string; readonly model: string }[] = [];
  for (const run of runs) {
    await using opened = await openRunAnswers(run);
    const models = new Set([...opened.answers.models.values()].flatMap((names) => [...names]));
    for (const model of models) asked.push({ run, model });
  }
  const [first] = asked;
  const other = asked.find(({ run, model }) => run !== first?.run && !mayBeSameModel(first?.model ?? '', model));
  if (first === undefined || other === undefined) return;
  throw new EvosiftError(
    'bad_argument',
    `analyze: ${first.run} has answers of ${first.model} and ${other.run} of ${other.model}, which no one \`model\` can measure\n` +
      'Analyse each by itself under its own weights; or name a `generator` that all of them asked, or go by `logprobs`.',
    { option: 'model' },
  );
}
