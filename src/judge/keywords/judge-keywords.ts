import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { EvosiftError } from '../../base/errors.js';
import { Groups } from '../../base/groups.js';
import { realPathOf } from '../../files/real-path.js';
import { dataName } from '../../runs/run-name.js';
import { NAME_METHOD } from '../prompts.js';
import { fileNames } from '../rows/origin.js';
import { RowTally, type RowCounts } from '../rows/row-tally.js';
import { askJudge, type Judged } from '../run/ask-judge.js';
import { defineJudging } from '../run/define-judging.js';
import type { JudgeTask } from '../run/judge-task.js';
import type { JudgingReport } from '../run/run-judging.js';
import { KeywordTally, type KeywordValues } from './keyword-tally.js';
import { normalPhrase } from './normal-phrase.js';
import { KEYWORDS_OPTIONS, type KeywordsOptions, type KeywordsSettings } from './options.js';
import { readMethods, type WrittenMethod } from './read-methods.js';

/** What a summary says of methods; its `rows` are methods. */
export type KeywordsSummary = RowCounts &
  KeywordValues & { readonly generators: Readonly<Record<string, RowCounts & KeywordValues>> };

/** `summary.json` of keywords. */
export type KeywordsReport = KeywordsSummary & JudgingReport;

/** A line of the keywords. */
export interface KeywordLine {
  /** What the run's directory is called. */
  readonly run: string;
  /** Who wrote the method. */
  readonly generator: string;
  /** The trial's id: its file under `methods/`. */
  readonly method: string;
  readonly accepted: boolean;
  readonly keyword: string | null;
  /** What it is counted as: see `normalPhrase`. */
  readonly counted_as: string | null;
  readonly reason: string | null;
}

async function openMethods({
  data = [],
  top,
}: KeywordsSettings): Promise<JudgeTask<WrittenMethod, Judged<string>, KeywordsSummary>> {
  refuseTwice(data);
  const methods: WrittenMethod[] = [];
  for (const run of data) methods.push(...(await readMethods(run)));
  const paths = data.map((run) => resolve(run));
  const names = fileNames(paths);
  const tally = (): RowTally<string, KeywordValues> => new RowTally(new KeywordTally(top));
  const [total, generators] = [tally(), new Groups(tally)];
  const nameOf = ({ run }: WrittenMethod): string => names.get(run) ?? run;
  const texts = methods.map(({ generator, id, text }) => [generator, id, text]);
  return {
    measure: 'keywords',
    prompt: NAME_METHOD,
    identity: { methods: createHash('sha256').update(JSON.stringify(texts)).digest('hex') },
    name: dataName(data),
    paths,
    total: methods.length,
    questions: 1,
    items: () => iterate(methods),
    judge: (judge, { generator, id, text }) =>
      askJudge<string>(judge, {
        measure: 'keywords',
        prompt: NAME_METHOD,
        variables: { method: text },
        item: `${generator} ${id}`,
      }),
    take(method, { value, reason }) {
      const { generator, id, accepted } = method;
      for (const one of [total, generators.of(generator)]) one.add(value, reason);
      return {
        run: nameOf(method),
        generator,
        method: id,
        accepted,
        keyword: value,
        counted_as: value === null ? null : normalPhrase(value),
        reason,
      } satisfies KeywordLine;
    },
    summary: () => ({ ...total.values, generators: generators.map(({ values }) => values) }),
  };
}

/** @throws EvosiftError `bad_argument` where a run is named twice: its methods would count twice. */
function refuseTwice(data: readonly string[]): void {
  const real = data.map(realPathOf);
  const twice = data.find((_, i) => real.indexOf(real[i] ?? '') < i);
  if (twice === undefined) return;
  throw new EvosiftError('bad_argument', `judgeKeywords: ${twice} is the same run as one before it; name each once`, {
    option: 'data',
  });
}

async function* iterate<Item>(items: readonly Item[]): AsyncGenerator<Item, void, undefined> {
  yield* items;
}

/**
 * Has each method that the optimiser of Auto-Evol wrote summed up in a phrase, and counts the phrases by who wrote the
 * methods.
 *
 * @throws EvosiftError as `judgeDifficulty`; `bad_data` where a run holds no methods.
 */
export const { run: judgeKeywords, count: judgeKeywordsDryRun } = defineJudging<
  KeywordsOptions,
  typeof KEYWORDS_OPTIONS,
  WrittenMethod,
  Judged<string>,
  KeywordsSummary
>('judgeKeywords', KEYWORDS_OPTIONS, openMethods);
