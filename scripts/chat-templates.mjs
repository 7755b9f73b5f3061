// Chat templates of real models for the tests, those that the Python package trl carries, which
// test/fixtures/goldens/chat/requirements.txt names with its hash.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeOnce, pythonPackages, TEST_CACHE } from './test-cache.mjs';

const SOURCE = join(dirname(dirname(fileURLToPath(import.meta.url))), 'test', 'fixtures', 'goldens', 'chat');

/** The folder of the templates, NAME.jinja. */
export const CHAT_TEMPLATES = join(TEST_CACHE, 'chat-templates-trl-1.16.0');

async function make(work) {
  const { folder } = await pythonPackages(work, join(SOURCE, 'requirements.txt'));
  return join(folder, 'trl', 'chat_templates');
}

/** Sees that the templates are there, or says why not. */
export const fetchChatTemplates = (report) => makeOnce(CHAT_TEMPLATES, 'folder of chat templates', report, make);
