import type { Training } from './trainer.js';

/** Where {@link ALPACA_TEMPLATE} stands in an export's folder. */
export const TEMPLATE_FILE = 'chat_template.jinja';

/** What a system message of one's own ends with in this frame, as Alpaca's own sentence does. */
export const SYSTEM_END = '\n\n';

/**
 * Stanford Alpaca's frame as a chat template, for models that bring none: as LLaMA-Factory's template `alpaca` has it, so
 * that all trainers are given the same text; a BOS token, where the model has one, must come from a template. It knows no
 * tools.
 */
const ALPACA_TEMPLATE = `{{- bos_token -}}
{%- if messages[0]['role'] == 'system' -%}
{{- messages[0]['content'] + '\\n\\n' -}}
{%- else -%}
{{- 'Below is an instruction that describes a task. Write a response that appropriately completes the request.\\n\\n' -}}
{%- endif -%}
{%- for message in messages -%}
{%- if message['role'] == 'user' -%}
{{- '### Instruction:\\n' + message['content'] + '\\n\\n### Response:\\n' -}}
{%- elif message['role'] == 'assistant' -%}
{{- message['content'] + eos_token -}}
{%- if not loop.last -%}{{- '\\n\\n' -}}{%- endif -%}
{%- endif -%}
{%- endfor -%}
`;

/** The template's file, where a training wants it. */
export const templateFiles = ({ template }: Training): Readonly<Record<string, string>> =>
  template === 'alpaca' ? Object.fromEntries([[TEMPLATE_FILE, ALPACA_TEMPLATE]]) : {};
