/** The distribution of a generator's next token over its own answers, as others see it. */
export { measureOutputSpace } from './measure-output-space.js';
export { OUTPUT_SPACE_OPTIONS, type OutputSpaceOptions, type OutputSpaceProgress } from './options.js';
export type { Positions } from './positions.js';
export type { AnswerStatistics, OutputSpace, OutputSpaceGroup } from './output-space.js';
export type { PositionDistribution } from './position-distribution.js';
