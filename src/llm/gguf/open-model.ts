import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { ChatWrapper, Llama, LlamaContext } from 'node-llama-cpp';
import { EvosiftError, messageOf } from '../../base/errors.js';
import { chatWrapper } from './chat-wrapper.js';
import { loadLibrary, type LlamaCpp } from './load-library.js';

/** Answers that are generated at the same time, in one batch. */
const SEQUENCES = 4;

/** The most tokens of a prompt and its answer, where the model was not trained on fewer. */
const CONTEXT_SIZE = 4_096;

export interface GgufOptions {
  /**
   * Default: the cores that this process may use but one, which is left to everything else. Threads wait for one
   * another in busy loops: where there are more than idle cores, each token takes twenty times as long.
   */
  readonly threads?: number;
}

/** A loaded model with what its answers are generated with. */
export interface OpenModel {
  readonly library: LlamaCpp;
  readonly llama: Llama;
  readonly context: LlamaContext;
  readonly wrapper: ChatWrapper;
}

/**
 * Loads a GGUF file with prebuilt binaries, on the GPU where there is one that they know.
 *
 * @throws EvosiftError `model_not_found`, `bad_weights`, or `generator_unavailable` where the package, a binary for this
 *   machine, or memory is missing.
 */
export async function openModel(path: string, options: GgufOptions): Promise<OpenModel> {
  if (!existsSync(path)) throw new EvosiftError('model_not_found', `gguf:${path}: there is no such file`);
  const library = await loadLibrary();
  const { threads = Math.max(1, availableParallelism() - 1) } = options;
  const llama = await startLlama(library, threads);
  try {
    const model = await llama.loadModel({ modelPath: path });
    const context = await model.createContext({
      sequences: SEQUENCES,
      contextSize: { max: Math.min(CONTEXT_SIZE, model.trainContextSize) },
      threads,
    });
    return { library, llama, context, wrapper: chatWrapper(library, model) };
  } catch (cause) {
    await llama.dispose();
    throw explain(library, path, cause);
  }
}

async function startLlama({ getLlama, LlamaLogLevel }: LlamaCpp, threads: number): Promise<Llama> {
  try {
    return await getLlama({
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      logLevel: LlamaLogLevel.disabled,
      maxThreads: threads,
    });
  } catch (cause) {
    const why = messageOf(cause);
    throw new EvosiftError(
      'generator_unavailable',
      `gguf: node-llama-cpp has no prebuilt binary that runs on this machine: ${why}\nreinstall it with its optional packages: npm install --include=optional node-llama-cpp`,
      { cause },
    );
  }
}

function explain({ InsufficientMemoryError }: LlamaCpp, path: string, cause: unknown): EvosiftError {
  const why = messageOf(cause);
  return cause instanceof InsufficientMemoryError
    ? new EvosiftError('generator_unavailable', `gguf:${path} does not fit into memory: ${why}`, { cause })
    : new EvosiftError('bad_weights', `gguf:${path} cannot be loaded: ${why}`, { cause });
}
