import { EvosiftError } from '../../base/errors.js';
import { isInstalled, optionalPackageFault } from '../../base/optional-package.js';

/** @throws EvosiftError `engine_unavailable` where onnxruntime-node is not installed; `user` is what needs it. */
export function requireOnnxruntime(user: string): void {
  if (!isInstalled('onnxruntime-node'))
    throw new EvosiftError('engine_unavailable', optionalPackageFault('onnxruntime-node', user));
}
