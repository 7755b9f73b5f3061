import { searchAddon } from '../native/load-addon.js';
import { unsupportedPlatform } from '../../machine/platform.js';
import { crossEntropy } from './cross-entropy.js';

/**
 * The addon's cross-entropy (f32, some 50 times as fast, which is as long as a small model's whole forward) where
 * there is an addon; elsewhere the one in f64.
 */
export function fastestCrossEntropy(): typeof crossEntropy {
  const search = unsupportedPlatform() === null ? searchAddon() : null;
  if (search?.found !== true) return crossEntropy;
  return search.addon.crossEntropy;
}
