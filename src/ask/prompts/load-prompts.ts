import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unreadable } from '../../files/file-error.js';
import { packageRoot } from '../../base/package-file.js';
import { readPackFile, type PromptEntry } from './pack-file.js';
import { PromptPack, type Prompt } from './prompt-pack.js';
import { PromptTemplate } from './prompt-template.js';
import { variablesOf, type PromptName } from './prompt-variables.js';

/**
 * The prompts of a folder with a `pack.json`; those that it lacks are the built-in ones.
 *
 * @param directory Without it, the built-in pack.
 * @throws EvosiftError `bad_data` where a file can't be read; `bad_config`, naming file and place, where `pack.json` or
 *   a template is wrong.
 */
export async function loadPrompts(directory?: string): Promise<PromptPack> {
  const prompts = await readFolder(join(packageRoot(), 'prompts'));
  if (directory !== undefined) for (const [name, prompt] of await readFolder(directory)) prompts.set(name, prompt);
  return new PromptPack(prompts);
}

async function readFolder(directory: string): Promise<Map<PromptName, Prompt>> {
  const entries = await readPackFile(directory);
  return new Map(
    await Promise.all(entries.map(async (entry) => [entry.name, await readPrompt(directory, entry)] as const)),
  );
}

async function readPrompt(directory: string, { name, messages, marker }: PromptEntry): Promise<Prompt> {
  const read = messages.map(async ({ role, file }) => {
    const path = join(directory, file);
    const source = await readFile(path, 'utf8').catch((error: unknown) => {
      throw unreadable(path, error);
    });
    return { role, template: new PromptTemplate(path, source, variablesOf(name)) };
  });
  return { messages: await Promise.all(read), marker };
}
