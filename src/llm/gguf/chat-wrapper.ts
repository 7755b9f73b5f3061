import type { ChatWrapper, LlamaModel } from 'node-llama-cpp';
import type { LlamaCpp } from './load-library.js';

/**
 * What turns messages into a model's text: the chat template in its file, to the letter. The library on its own takes a
 * wrapper that it holds to be equal, which may drop the template's system prompt or put a token before it. Without a
 * template, or with one that cannot be read, it is that wrapper.
 */
export function chatWrapper(
  { JinjaTemplateChatWrapper, resolveChatWrapper }: LlamaCpp,
  model: LlamaModel,
): ChatWrapper {
  const template: string | undefined = model.fileInfo.metadata.tokenizer?.chat_template;
  if (template !== undefined && template.trim() !== '') {
    try {
      return new JinjaTemplateChatWrapper({ template, tokenizer: model.tokenizer });
    } catch {
      // It uses something that the library's Jinja does not know.
    }
  }
  return resolveChatWrapper(model, { noJinja: true, warningLogs: false });
}
