import type { Engine, EngineOptions } from './engine.js';
import { readModelDirectory } from '../models/model-directory.js';
import { loadNativeEngine } from './native/native-engine.js';
import { loadOnnxEngine } from './onnx/onnx-engine.js';

/**
 * Loads the model in a directory (see `resolveModel`) into an engine: the one that `options.engine` names, else the
 * native one where there are safetensors and the ONNX one where there is only an ONNX export.
 *
 * @throws EvosiftError `bad_config`, `bad_weights`, `pickle_refused`, `unsupported_architecture`,
 *   `unsupported_device`, `unsupported_dtype`, `unsupported_platform`, `addon_unavailable`, `bad_argument`,
 *   `engine_failed`.
 */
export async function loadEngine(modelDirectory: string, options: EngineOptions = {}): Promise<Engine> {
  const { format } = await readModelDirectory(modelDirectory, modelDirectory, options.engine);
  return format === 'onnx' ? loadOnnxEngine(modelDirectory, options) : loadNativeEngine(modelDirectory, options);
}
