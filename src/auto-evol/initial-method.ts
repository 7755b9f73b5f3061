import type { MethodParts } from './method-parts.js';
import { readMethodFile } from './method-file.js';
import type { AutoSettings } from './options.js';

/**
 * The text of the method to begin with: the file's, or else the pack's `method-initial`.
 *
 * @throws EvosiftError `bad_data` where the file can't be read or holds no method.
 */
export async function initialMethod(
  { prompts }: Pick<MethodParts, 'prompts'>,
  { methodFile }: Pick<AutoSettings, 'methodFile'>,
): Promise<string> {
  if (methodFile !== null) return readMethodFile(methodFile);
  const { messages } = prompts.render('method-initial', {});
  return messages.map(({ content }) => content).join('\n\n');
}
