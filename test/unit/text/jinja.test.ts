import { Template } from '@huggingface/jinja';
import { describe, expect, it } from 'vitest';
import { ChatTemplate } from '../../../src/text/chat-template.js';
import { ChatTemplateRefusal } from '../../../src/text/chat-template-refusal.js';
import { readTextFixture } from '../../support/text-fixtures.js';

type JinjaCase = { readonly title: string; readonly template: string } & (
  { readonly text: string } | { readonly refused: string }
);

/** What Python's Jinja renders; make_jinja.py says what each field means. */
const { variables, corrected, alike } = readTextFixture<{
  readonly variables: Readonly<Record<string, unknown>>;
  readonly corrected: readonly JinjaCase[];
  readonly alike: readonly JinjaCase[];
}>('jinja.json');

function expectAsPython(one: JinjaCase): void {
  const render = () => new ChatTemplate(one.template, {}, '').render([], { kwargs: variables });
  if ('text' in one) expect(render()).toBe(one.text);
  else expect(render).toThrow(ChatTemplateRefusal);
}

/** The text that the library makes by itself; undefined where it throws. */
function libraryText(template: string): string | undefined {
  try {
    return new Template(template).render({ ...variables });
  } catch {
    return undefined;
  }
}

describe('templates are rendered as Python renders them', () => {
  it.each(corrected)('where the library does not: $title: $template', (one) => {
    expectAsPython(one);
    // A correction that the library no longer needs is to go.
    expect(libraryText(one.template)).not.toBe('text' in one ? one.text : undefined);
  });

  it.each(alike)('$title: $template', expectAsPython);
});
