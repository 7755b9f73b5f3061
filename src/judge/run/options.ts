import { checkRowsAreNamed, GENERATION_OPTIONS, type GenerationOptions } from '../../ask/generation-options.js';
import { GENERATOR_OPTION } from '../../ask/request-options.js';
import { EvosiftError } from '../../base/errors.js';
import { checkOptions, fillOptions, integer, textLike, type Filled, type OptionTable } from '../../base/options.js';
import type { GeneratorPlan } from '../../llm/generator.js';

/** What every judging takes; `generator`, and `data` or `rows`, must be given. `out` is the run directory. */
export interface JudgeOptions extends GenerationOptions {
  /** Who judges. */
  readonly generator: GeneratorPlan;
  /** The file that the verdicts go to, a JSON line each; default `verdicts.jsonl` in the run directory. */
  readonly verdicts?: string;
  /** Stops where so many answers in a row, of this start's, hold no verdict; default 50. The same call goes on. */
  readonly maxUnparsable?: number;
}

export const JUDGE_OPTIONS = {
  ...GENERATION_OPTIONS,
  generator: GENERATOR_OPTION,
  // The flag that others name their run directory by is here that of the file which the command is called for.
  out: { ...GENERATION_OPTIONS.out, flag: '--run <dir>' },
  verdicts: textLike(/^(?!-$)[^]/, 'the path of a file', {
    flag: '-o, --out <file>',
    help: 'where the verdicts go, a JSON line each (default: verdicts.jsonl in the run directory)',
  }),
  maxUnparsable: integer(
    { from: 1 },
    {
      flag: '--max-unparsable <n>',
      help: 'stop where so many answers in a row hold no verdict; the same command goes on',
      default: 50,
    },
  ),
} as const satisfies OptionTable<JudgeOptions>;

/** `JudgeOptions` with the defaults filled in. */
export type JudgeSettings = Filled<JudgeOptions, typeof JUDGE_OPTIONS>;

/**
 * @param call The call's name, which begins messages.
 * @param table That of the call: `JUDGE_OPTIONS` and what it has beside them.
 * @throws EvosiftError `bad_argument`, naming the option and its value.
 */
export function settleJudgeOptions<Options extends JudgeOptions, Table extends OptionTable<Options>>(
  call: string,
  options: Options,
  table: Table,
): Filled<Options, Table> {
  checkOptions(call, options, table);
  checkRowsAreNamed(call, options);
  if (options.generator === undefined) {
    throw new EvosiftError('bad_argument', `${call}: \`generator\` is missing: give the plan of one`, {
      option: 'generator',
    });
  }
  return fillOptions(options, table);
}
