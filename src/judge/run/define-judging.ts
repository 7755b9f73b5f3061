import type { TokenPrice } from '../../ask/estimate.js';
import type { Filled, OptionTable } from '../../base/options.js';
import { countJudging, type JudgingDryRun } from './count-judging.js';
import type { OpenTask } from './judge-plan.js';
import { settleJudgeOptions, type JudgeOptions, type JudgeSettings } from './options.js';
import { runJudging, type JudgingPlace, type JudgingReport } from './run-judging.js';

/** The two calls of a measure. */
export interface Judging<Options, Summary> {
  /** @throws EvosiftError as `runJudging`. */
  readonly run: (options: Options) => Promise<Summary & JudgingReport & JudgingPlace>;
  /** @throws EvosiftError as `countJudging`. */
  readonly count: (options: Options, price?: TokenPrice | null) => Promise<JudgingDryRun>;
}

/**
 * @param call What messages call it.
 * @param table Of its options.
 * @param open Opens what is judged.
 */
export function defineJudging<
  Options extends JudgeOptions,
  Table extends OptionTable<Options>,
  Item,
  Result,
  Summary extends object,
>(
  call: string,
  table: Table,
  open: OpenTask<Filled<Options, Table> & JudgeSettings, Item, Result, Summary>,
): Judging<Options, Summary> {
  const settle = (options: Options) =>
    settleJudgeOptions(call, options, table) as Filled<Options, Table> & JudgeSettings;
  return {
    run: async (options) => await runJudging(settle(options), open),
    // Rows want a directory to be kept in, and have none here for longer than this call.
    count: async (options, price = null) =>
      await countJudging(settle(options?.rows === undefined ? options : { out: 'nowhere', ...options }), open, price),
  };
}
