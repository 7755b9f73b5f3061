import { checkRowsAreNamed } from '../ask/generation-options.js';
import { EvosiftError } from '../base/errors.js';
import { checkOptions, fillOptions, type Filled } from '../base/options.js';
import { parseThreshold, type Threshold } from '../base/threshold.js';
import { checkScorerSource } from '../score/run/borrow-scorer.js';
import { RECIPE_OPTIONS } from '../score/score-options.js';
import { AUTOIF_OPTIONS, type AUGMENTATIONS, type AutoifOptions } from './options.js';
import { CROSS_RULES, type CrossRules } from './verifiers/cross-validate.js';

/** `AutoifOptions` with the defaults filled in. */
export type AutoifSettings = Omit<
  Filled<AutoifOptions, typeof AUTOIF_OPTIONS>,
  'accuracy' | 'minFunctions' | 'minCases' | 'augment' | 'responseAccuracy' | 'quality' | 'queries'
> & {
  readonly data?: readonly string[];
  readonly augmentRequests: number;
  readonly augmentSize: number;
  readonly agreement: CrossRules;
  readonly responses: number;
  readonly responseAccuracy: Threshold;
  readonly quality: Threshold;
};

const AUGMENTED: Readonly<
  Record<(typeof AUGMENTATIONS)[number], { readonly requests: number; readonly size: number }>
> = { off: { requests: 0, size: 1 }, small: { requests: 5, size: 20 }, published: { requests: 100, size: 50 } };

/** Answers to a query where pairs of them are asked for. */
const PREFERENCE_RESPONSES = 8;

/** What says how constraints are found that code can verify. */
const SEEKING = [
  'seeds',
  'augment',
  'augmentRequests',
  'augmentSize',
  'maxConstraints',
  'samples',
  'preset',
  'accuracy',
  'minFunctions',
  'minCases',
  'backTranslations',
  'contradictions',
] as const satisfies readonly (keyof AutoifOptions)[];

/** What seeks nothing. */
const NONE: ReadonlySet<unknown> = new Set(['off', 0]);

/** @throws EvosiftError `bad_argument`, naming the option and its value. */
export function settleAutoifOptions(options: AutoifOptions): AutoifSettings {
  checkOptions('autoif', options, AUTOIF_OPTIONS);
  const { queries: named, ...others } = options;
  checkRowsAreNamed('autoif', { ...others, ...(named !== undefined && { data: named }) }, 'queries');
  const { scorer, scoring } = options;
  if (scorer !== undefined) checkScorerSource('autoif', scorer);
  if (scoring !== undefined) checkOptions('autoif: scoring', scoring, RECIPE_OPTIONS);

  const { queries, augment, accuracy, minFunctions, minCases, ...settings } = fillOptions(options, AUTOIF_OPTIONS);
  checkTogether(options, { ...settings, augment });
  const { responses, dpo } = settings;
  const preset = CROSS_RULES[settings.preset];
  const settled: AutoifSettings = {
    ...settings,
    ...(queries !== undefined && { data: queries }),
    augmentRequests: settings.augmentRequests ?? AUGMENTED[augment].requests,
    augmentSize: settings.augmentSize ?? AUGMENTED[augment].size,
    agreement: {
      accuracy: accuracy === undefined ? preset.accuracy : parseThreshold(accuracy),
      minFunctions: minFunctions ?? preset.minFunctions,
      minCases: minCases ?? preset.minCases,
    },
    responses: responses ?? (dpo ? PREFERENCE_RESPONSES : 1),
    responseAccuracy: parseThreshold(settings.responseAccuracy),
    quality: parseThreshold(settings.quality),
  };
  if (settled.generator === undefined && !asksNobody(settled)) {
    throw bad('generator', '`generator` is missing: give the plan of one');
  }
  return settled;
}

/** @throws EvosiftError `bad_argument` where options contradict each other. */
function checkTogether(options: AutoifOptions, filled: Filled<AutoifOptions, typeof AUTOIF_OPTIONS>): void {
  const { augment, augmentRequests = 0, queryMin, queryMax, verifiers, responses, responsesFile, dpo, nli } = filled;
  if (augment === 'off' && augmentRequests > 0) {
    throw bad(
      'augmentRequests',
      '`augment: off` asks for nothing, and `augmentRequests` asks for some: give one of them',
    );
  }
  if (queryMin > queryMax) throw bad('queryMin', `\`queryMin\` (${queryMin}) is more than \`queryMax\` (${queryMax})`);
  if (responsesFile !== undefined && responses !== undefined) {
    throw bad('responses', '`responsesFile` has the answers, so that `responses` asks for none: give one of them');
  }
  const judges =
    (verifiers === undefined && filled.backTranslations > 0 && filled.contradictions !== 'off') ||
    filled.constraintsPerQuery > 1;
  if (nli !== undefined && !judges) throw bad('nli', '`nli` judges contradictions, and nothing here asks for that');
  if (dpo && responses === 1)
    throw bad('responses', '`dpo` sets answers of a query side by side: ask for 2 `responses` or more');
  const sought = SEEKING.find((name) => options[name] !== undefined && !NONE.has(options[name]));
  if (verifiers !== undefined && sought !== undefined) {
    throw bad(sought, `\`verifiers\` are there, and \`${sought}\` says how some are sought: give one of them`);
  }
}

/** All that is asked for elsewhere is there. */
const asksNobody = ({
  verifiers,
  responsesFile,
  responses,
  quality,
  constraintsPerQuery,
  nli,
}: AutoifSettings): boolean =>
  verifiers !== undefined &&
  (responses === 0 || (responsesFile !== undefined && quality.bound === null)) &&
  (constraintsPerQuery === 1 || nli !== undefined);

const bad = (name: string, message: string): EvosiftError =>
  new EvosiftError('bad_argument', `autoif: ${message}`, { option: name });
