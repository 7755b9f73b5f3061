/** What asks models, as others see it. */
export { respond, RESPOND_OPTIONS, type RespondOptions, type RespondReport } from './respond.js';
export type { GenerationOptions } from './generation-options.js';
export type { LimitOptions, RequestOptions } from './request-options.js';
export type { SamplingOptions, SamplingPreset } from './sampling.js';
export type { GenerationProgress, StartReport } from './progress.js';
export type { QuestionPart } from './questions.js';
export type { SampleRequest } from './counting-asker.js';
export type { ResponseFailure } from './examine-response.js';
export type { Estimate, TokenPrice } from './estimate.js';
