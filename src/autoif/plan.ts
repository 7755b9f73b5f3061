import { createHash } from 'node:crypto';
import type { AskContext } from '../ask/ask-prompt.js';
import { generatorIdentity, samplingFields, seedIdentity, type SeedIdentity } from '../ask/identity.js';
import { loadPrompts } from '../ask/prompts/load-prompts.js';
import type { Prompt } from '../ask/prompts/prompt.js';
import { promptSampling } from '../ask/sampling.js';
import { scoringIdentity } from '../ask/scoring/identity.js';
import { SeedSource } from '../ask/seeds.js';
import type { GenerationStart } from '../runs/generation-run.js';
import { dataName, runDirectory } from '../runs/run-name.js';
import type { Scorer } from '../score/scorer.js';
import { readVerifiers } from '../verify/read-verifiers.js';
import type { AutoifSettings } from './settle-options.js';
import { generatorsOf } from './pipeline.js';
import { AUGMENT_CONSTRAINTS, AUTOIF_PROMPTS, GRADE, respondConstrained, WRITE_VERIFIER } from './prompts.js';
import { readSeedConstraints } from './constraints/read-seeds.js';
import { RecordedResponses } from './answers/recorded-responses.js';
import type { PipelineInput } from './run-pipeline.js';
import { SEED_CONSTRAINTS } from './constraints/seed-constraints.js';

/** Everything about a run that is known before its first request. */
export interface AutoifPlan {
  readonly settings: AutoifSettings;
  readonly input: PipelineInput;
  /** Whom it asks is not known yet. */
  readonly context: Omit<AskContext, 'asker'>;
  readonly identity: SeedIdentity & { readonly kind: 'autoif' };
  readonly start: GenerationStart;
  readonly out: string;
}

/**
 * Opens queries, constraints and prompts, and settles what is done and how.
 *
 * @param scorer Null where nothing is scored, or it is not loaded yet.
 * @param nli What tells the NLI model from others; null where the generator judges.
 * @throws EvosiftError `bad_data`, `bad_config`, `bad_argument`.
 */
export async function planAutoif(
  settings: AutoifSettings,
  scorer: Scorer | null,
  nli: string | null,
): Promise<AutoifPlan> {
  const {
    generator,
    responder = generator,
    judge = generator,
    responses,
    responsesFile,
    signal,
    scoring = {},
  } = settings;
  const prompts = await loadPrompts(AUTOIF_PROMPTS, settings.prompts);
  const constraints = await constraintsOf(settings);
  const queries = await SeedSource.open(settings);
  const recorded = responsesFile === undefined ? null : await RecordedResponses.read(responsesFile);
  const fieldsOf = (prompt: Prompt): object => samplingFields(promptSampling(prompt, settings));
  const identity = {
    kind: 'autoif',
    ...seedIdentity(queries),
    constraints: digest(constraints),
    seed: settings.seed ?? 0,
    augment: [settings.augmentRequests, settings.augmentSize],
    max_constraints: settings.maxConstraints ?? null,
    samples: settings.samples,
    agreement: {
      accuracy: settings.agreement.accuracy.text,
      min_functions: settings.agreement.minFunctions,
      min_cases: settings.agreement.minCases,
    },
    back_translations: settings.backTranslations,
    contradictions: settings.contradictions,
    nli,
    pairing: {
      queries_per_constraint: settings.queriesPerConstraint,
      constraints_per_query: settings.constraintsPerQuery,
      query_min: settings.queryMin,
      query_max: settings.queryMax,
    },
    responses: recorded === null ? responses : null,
    responses_file: recorded?.digest ?? null,
    response_accuracy: settings.responseAccuracy.text,
    quality: settings.quality.text,
    layout: settings.layout,
    sft_per_query: settings.sftPerQuery,
    dpo: settings.dpo,
    retries: settings.retries,
    case_timeout: settings.caseTimeout,
    case_memory: settings.caseMemory,
    prompts: prompts.hash,
    generators: [generator, responder, judge].map((plan) => (plan === undefined ? null : generatorIdentity(plan))),
    sampling: {
      augment: fieldsOf(AUGMENT_CONSTRAINTS),
      write: fieldsOf(WRITE_VERIFIER),
      respond: fieldsOf(respondConstrained(responses)),
      judge: fieldsOf(GRADE),
    },
    score: scorer === null ? null : await scoringIdentity(scorer, scoring, signal),
  } as const;
  const start = {
    paths: queries.paths,
    generators: generatorsOf(settings).map(({ name }) => name),
    limit: settings.limit ?? null,
    rounds: null,
    concurrency: settings.concurrency ?? null,
  };
  // Named without the step, so that a start whose engine would choose another one finds the run.
  const named = { ...identity, score: identity.score === null ? null : { ...identity.score, step_tokens: undefined } };
  const out = settings.out ?? runDirectory([dataName(settings.data), generator?.name ?? 'nobody', 'autoif'], named);
  const context = { prompts, sampling: settings };
  return { settings, input: { constraints, queries, recorded }, context, identity, start, out };
}

async function constraintsOf({ seeds, verifiers }: AutoifSettings): Promise<PipelineInput['constraints']> {
  if (verifiers !== undefined) return { kind: 'verifiers', verifiers: await readVerifiers(verifiers) };
  return { kind: 'seeds', seeds: seeds === undefined ? SEED_CONSTRAINTS : await readSeedConstraints(seeds) };
}

const digest = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');
