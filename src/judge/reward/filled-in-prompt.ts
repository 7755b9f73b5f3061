import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { PromptTemplate } from '../../ask/prompts/prompt-template.js';
import { unreadable } from '../../base/file-error.js';
import type { AskedFor } from './asked-for.js';

/**
 * One prompt for all rows, filled in with each row's own instruction: what `eval_reward.py` of Evolution-Analysis shows its
 * reward models.
 *
 * @throws EvosiftError `bad_data` where the file can't be read, `bad_config` where it is no template.
 */
export async function filledInPrompt(path: string): Promise<AskedFor> {
  const source = await readFile(path, 'utf8').catch((error: unknown) => {
    throw unreadable(path, error);
  });
  const template = new PromptTemplate(path, source, ['instruction', 'input']);
  return {
    hash: createHash('sha256').update(source).digest('hex'),
    async promptOf(_, { instruction, input }) {
      return { ok: true, messages: [{ role: 'user', content: template.render({ instruction, input }) }] };
    },
    async [Symbol.asyncDispose]() {},
  };
}
