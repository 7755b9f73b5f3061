import type { JournalAnswer } from '../../llm/journal/journal-answers.js';
import type { NllSequence } from '../../score/nll-sequence.js';
import type { NllResult } from '../../score/nll.js';
import type { Scorer } from '../../score/scorer.js';
import type { KeptMeasurements } from './kept-measurements.js';
import type { MeasuredAnswer, Measurement, Unmeasured } from './measurement.js';
import type { OutputSpaceSettings } from './options.js';

/**
 * Measures answers under a model's weights: the messages in its own chat template, behind them the raw answer's tokens.
 *
 * @param most Positions of an answer.
 * @param kept What was measured before is taken from it, and the rest put there; null where nothing is kept.
 * @throws EvosiftError as `Scorer.nll`; `unsupported_tokenizer` where the model has no chat template.
 */
export async function* measureByWeights(
  answers: AsyncIterable<JournalAnswer>,
  scorer: Scorer,
  most: number,
  kept: KeptMeasurements | null,
  { templateKwargs, signal }: Pick<OutputSpaceSettings, 'templateKwargs' | 'signal'>,
): AsyncGenerator<MeasuredAnswer> {
  const waiting: { readonly answer: JournalAnswer; readonly known: Measurement | null }[] = [];
  async function* sequences(): AsyncGenerator<NllSequence> {
    for await (const answer of answers) {
      const known = obstacle(answer) ?? (await kept?.find(answer)) ?? null;
      waiting.push({ answer, known });
      // Something stands in its place, so that answers and losses stay in step.
      if (known !== null) yield { problem: 'nothing to measure' };
      else {
        const { messages, completion } = answer;
        yield {
          messages,
          text: completion.text,
          asAnswer: { mostTokens: most },
          ...(templateKwargs !== undefined && { templateKwargs }),
        };
      }
    }
  }
  const options = { stats: true, ...(signal !== undefined && { signal }) };
  for await (const result of scorer.nll(sequences(), options)) {
    const next = waiting.shift();
    if (next === undefined) throw new RangeError('more losses came back than answers were given');
    const measurement = next.known ?? measurementOf(result);
    if (next.known === null && 'top1' in measurement) kept?.keep(next.answer, measurement);
    yield { answer: next.answer, measurement };
  }
  await kept?.flush();
}

function obstacle({ messages, completion: { text, reasoning } }: JournalAnswer): Unmeasured | null {
  if (messages === null) return { reason: 'prompt_not_kept', detail: 'the prompt was too long for the journal' };
  if (text === '') return { reason: 'empty_answer', detail: 'the answer is empty' };
  if (reasoning === null) return null;
  return { reason: 'reasoning_apart', detail: 'the server gave what was thought before the answer apart from it' };
}

function measurementOf(result: NllResult): Measurement {
  if (!result.ok) return { reason: 'not_scored', detail: result.reason };
  const { top1, entropy } = result;
  if (top1 === null || entropy === null) throw new RangeError('losses came back without their statistics');
  return { top1, entropy };
}
