import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../base/package-file.js';
import { unreadable } from '../../base/file-error.js';
import type { PromptEntry } from './pack-file.js';
import { PromptPack, type PromptTemplates } from './prompt-pack.js';
import { PromptTemplate } from './prompt-template.js';
import type { Prompt } from './prompt.js';

/**
 * The prompts of a folder with a `pack.json`; those that it lacks are the built-in ones.
 *
 * @param asked The prompts that will be asked: a template of theirs that reads another variable is an error at once.
 * @param directory Without it, the built-in pack.
 * @throws EvosiftError `bad_data` where a file can't be read; `bad_config`, naming file and place, where `pack.json` or
 *   a template is wrong.
 */
export async function loadPrompts(asked: readonly Prompt[], directory?: string): Promise<PromptPack> {
  const prompts = await readFolder(join(packageRoot(), 'prompts'), asked, null);
  const names = asked.map(({ name }) => name);
  if (directory === undefined) return new PromptPack(prompts, names);
  const own = await readFolder(directory, asked, [...prompts.keys()]);
  return new PromptPack(new Map([...prompts, ...own]), names);
}

async function readFolder(
  directory: string,
  asked: readonly Prompt[],
  names: readonly string[] | null,
): Promise<ReadonlyMap<string, PromptTemplates>> {
  // Zod, which it needs, is loaded when it is needed.
  const { readPackFile } = await import('./pack-file.js');
  const entries = await readPackFile(directory, names);
  const read = entries.map(async (entry) => {
    const variables = asked.find(({ name }) => name === entry.name)?.variables ?? null;
    return [entry.name, await readTemplates(directory, entry, variables)] as const;
  });
  return new Map(await Promise.all(read));
}

async function readTemplates(
  directory: string,
  { messages, marker }: PromptEntry,
  variables: readonly string[] | null,
): Promise<PromptTemplates> {
  const read = messages.map(async ({ role, file }) => {
    const path = join(directory, file);
    const source = await readFile(path, 'utf8').catch((error: unknown) => {
      throw unreadable(path, error);
    });
    return { role, template: new PromptTemplate(path, source, variables) };
  });
  return { messages: await Promise.all(read), marker };
}
