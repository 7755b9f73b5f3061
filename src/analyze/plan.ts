import { EvosiftError } from '../base/errors.js';
import { checkOptions, fillOptions, type Filled } from '../base/options.js';
import type { LoadScorerOptions } from '../score/load-scorer.js';
import { ANALYZE_OPTIONS, type AnalyzeOptions } from './options.js';
import { withPreset } from './presets.js';

/** Checked options, with the defaults filled in; what can't be sent to a worker is not among them. */
export type AnalyzePlan = Omit<Filled<AnalyzeOptions, typeof ANALYZE_OPTIONS>, 'signal' | 'logger' | 'onProgress'> & {
  readonly runs: readonly string[];
  readonly out: string;
};

/** Checks `analyze`'s options. @throws EvosiftError `bad_argument`, naming the option and its value. */
export function planAnalysis(options: AnalyzeOptions): AnalyzePlan {
  checkOptions('analyze', options, ANALYZE_OPTIONS);
  const {
    signal: _signal,
    logger: _logger,
    onProgress: _onProgress,
    ...filled
  } = fillOptions(withPreset(options), ANALYZE_OPTIONS);
  const { runs = [], out } = filled;
  if (runs.length === 0) throw bad('runs', '`runs` is missing; name run directories');
  if (out === undefined) throw bad('out', '`out` is missing; name a directory for the analysis');
  checkSources(options);
  return { ...filled, runs, out };
}

/** What belongs to something that is not asked for would be without effect, and nobody would know. */
function checkSources(options: AnalyzeOptions): void {
  const { encoder, embeddings, hiddenStates = false, outputSpace = false, logprobs: byServer = false, model } = options;
  const given = Object.entries({ encoder, embeddings, hiddenStates: hiddenStates || undefined });
  const sources = given.flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (sources.length > 1)
    throw bad(sources[1], `\`${sources[0]}\` and \`${sources[1]}\` are both given; name one of them`);
  const alone = (name: keyof AnalyzeOptions, needs: string): void => {
    if (options[name] !== undefined && options[name] !== false) throw bad(name, `\`${name}\` needs ${needs}`);
  };
  if (sources.length === 0) {
    for (const name of ['metric', 'distance'] as const) alone(name, '`encoder`, `embeddings` or `hiddenStates`');
  }
  if (encoder === undefined) alone('encoderFile', '`encoder`');
  if (!outputSpace) {
    for (const name of ['logprobs', 'positions', 'generator', 'templateKwargs'] as const) alone(name, '`outputSpace`');
  }
  const needsModel = hiddenStates ? 'hiddenStates' : outputSpace && !byServer ? 'outputSpace' : null;
  if (needsModel === null) {
    for (const name of ['model', 'revision', 'engine', 'device', 'dtype', 'stepTokens'] as const) {
      alone(name, '`hiddenStates`, or `outputSpace` without `logprobs`');
    }
    if (sources.length === 0) alone('threads', '`encoder`, `embeddings`, `hiddenStates` or `outputSpace`');
  } else if (model === undefined) throw bad('model', `\`${needsModel}\` needs a \`model\`: name the one whose it is`);
}

/** What to load the model from. */
export const modelOptions = (plan: AnalyzePlan): LoadScorerOptions => ({
  model: plan.model ?? '',
  ...(plan.revision !== undefined && { revision: plan.revision }),
  ...(plan.engine !== undefined && { engine: plan.engine }),
  device: plan.device,
  dtype: plan.dtype,
  ...(plan.threads !== undefined && { threads: plan.threads }),
  ...(plan.stepTokens !== undefined && { stepTokens: plan.stepTokens }),
});

const bad = (name: string | undefined, message: string): EvosiftError =>
  new EvosiftError('bad_argument', `analyze: ${message}`, { option: name ?? null });
