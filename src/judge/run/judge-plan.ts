import type { AskContext } from '../../ask/ask-prompt.js';
import { generatorIdentity, samplingFields } from '../../ask/identity.js';
import { loadPrompts } from '../../ask/prompts/load-prompts.js';
import { promptFilesIn } from '../../ask/prompts/prompt-files.js';
import { promptSampling } from '../../ask/sampling.js';
import { refuseToReplace } from '../../files/refuse-to-replace.js';
import type { GenerationStart } from '../../runs/generation-run.js';
import { refuseRunFile } from '../../runs/refuse-run-file.js';
import { runDirectory } from '../../runs/run-name.js';
import type { JudgeTask } from './judge-task.js';
import type { JudgeSettings } from './options.js';

/** Opens what is judged. */
export type OpenTask<Settings, Item, Result, Summary extends object> = (
  settings: Settings,
) => Promise<JudgeTask<Item, Result, Summary>>;

/** Everything about a judging that is known before its first request. */
export interface JudgePlan<Item, Result, Summary extends object> {
  readonly settings: JudgeSettings;
  readonly task: JudgeTask<Item, Result, Summary>;
  /** Whom it asks is not known yet. */
  readonly context: Omit<AskContext, 'asker'>;
  readonly identity: object;
  readonly start: GenerationStart;
  readonly out: string;
}

/** @throws EvosiftError `bad_data`, `bad_config`, `bad_argument`. */
export async function planJudging<Settings extends JudgeSettings, Item, Result, Summary extends object>(
  settings: Settings,
  open: OpenTask<Settings, Item, Result, Summary>,
): Promise<JudgePlan<Item, Result, Summary>> {
  const { generator, retries, verdicts } = settings;
  const task = await open(settings);
  const prompts = await loadPrompts([task.prompt], settings.prompts);
  const identity = {
    kind: 'judge',
    measure: task.measure,
    ...task.identity,
    retries,
    prompts: prompts.hash,
    generator: generatorIdentity(generator),
    sampling: samplingFields(promptSampling(task.prompt, settings)),
  };
  const start = {
    paths: task.paths,
    generators: [generator.name],
    limit: settings.limit ?? null,
    rounds: null,
    concurrency: settings.concurrency ?? null,
  };
  const out = settings.out ?? runDirectory([task.name, generator.name, 'judge', task.measure], identity);
  if (verdicts !== undefined) {
    const { source } = generator;
    const asked = 'path' in source ? [source.path] : [];
    refuseToReplace('judge', 'verdicts', verdicts, [...task.paths, ...asked, ...promptFilesIn(settings.prompts)]);
    refuseRunFile('judge', 'verdicts', verdicts, out);
  }
  return { settings, task, context: { prompts, sampling: settings }, identity, start, out };
}
