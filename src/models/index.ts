/** `evosift/models`: the models on this machine, and those of a hub. */
export type { DownloadProgress } from '../hub/file-puller.js';
export { listModels, type InstalledModel } from './list-models.js';
export { resolveModel, type ResolveOptions } from './resolve-model.js';
export type { ResolvedModel } from './resolved-model.js';
export { verifyModel, type FileVerdict } from './verify-model.js';
