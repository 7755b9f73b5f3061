import type { JournalAnswer } from '../../llm/journal/journal-answers.js';
import { logprobStatistics } from './logprob-statistics.js';
import type { MeasuredAnswer, Measurement } from './measurement.js';

/** Measures answers by the log-probabilities that came with them. @param most Positions of an answer. */
export async function* measureByLogprobs(
  answers: AsyncIterable<JournalAnswer>,
  most: number,
): AsyncGenerator<MeasuredAnswer> {
  for await (const answer of answers) yield { answer, measurement: measure(answer, most) };
}

function measure({ completion }: JournalAnswer, most: number): Measurement {
  const { text, logprobs } = completion;
  if (logprobs === null) return { reason: 'no_logprobs', detail: 'its server gave no log-probabilities' };
  if (logprobs.length === 0) return { reason: 'empty_answer', detail: `the answer is ${JSON.stringify(text)}` };
  const statistics = logprobStatistics(logprobs, most);
  return statistics ?? { reason: 'no_logprobs', detail: 'its server gave none of the likeliest tokens' };
}
