import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CHAT_TEMPLATES } from '../../scripts/chat-templates.mjs';
import type { Conversation } from '../../src/rows/example.js';
import type { Place } from '../../src/rows/message-parts.js';
import { parseRow } from '../../src/rows/parse-row.js';
import { ChatTemplateRefusal } from '../../src/text/chat-template-refusal.js';
import { ChatTemplate } from '../../src/text/chat-template.js';
import { fixture } from '../support/fixtures.js';
import { describeWith } from '../support/test-cache.js';

/** A conversation that Hugging Face rendered; make_chat.py says what each field means. */
interface GoldenCase {
  readonly case: string;
  readonly messages: readonly { readonly content: string }[];
  readonly tools?: unknown;
  readonly refused?: string;
  readonly sha256?: string;
  readonly length?: number;
  readonly generation?: readonly Place[];
  readonly answer?: {
    readonly content: Place | null;
    readonly reasoning: Place | null;
    readonly calls_cover?: Place | null;
  };
}

interface Golden {
  readonly template: string;
  readonly special: Readonly<Record<string, string>>;
  readonly cases: readonly GoldenCase[];
}

const FOLDER = fixture('goldens', 'chat');
const goldens = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .map((file) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Golden);

/** What ends a turn, or hands it to a tool, in the templates that print tool calls. */
const END_OF_TURN = /<\|im_end\|>|<\|eot_id\|>|<\|eot\|>|<\|call\|>|<turn\|>|<\|tool_response>/;

/** Here the goldens have no place for the answer: their search begins behind a "<" that prompt and text share. */
const NOT_SEARCHED = new Set(
  ['deepseek_r1_distill', 'nemotron_3_5_lightning', 'nemotron_3_super', 'nemotron_3_ultra'].map(
    (name) => `${name}.jinja, marks_in_text`,
  ),
);

function conversationOf({ messages, tools }: GoldenCase): Conversation {
  const row = parseRow({ messages, ...(tools !== undefined && { tools }) });
  if (!row.ok || row.example.kind !== 'conversation') throw new Error(`not a conversation: ${JSON.stringify(row)}`);
  return row.example;
}

/** Checks one rendering; `name` says in a failure which it is. */
function check(template: ChatTemplate, golden: GoldenCase, name: string): void {
  const { messages, tools } = conversationOf(golden);
  const render = () => template.renderWithParts(messages, { tools });
  if (golden.refused !== undefined) {
    expect(render, name).toThrow(ChatTemplateRefusal);
    return;
  }
  const { text, parts } = render();
  const characters = Array.from(text);
  const printed = (place: Place): string => characters.slice(...place).join('');
  /** Goldens are without the blanks at the ends, of which ours keeps those that are the content's own. */
  expect(createHash('sha256').update(text).digest('hex'), name).toBe(golden.sha256);
  expect(characters, name).toHaveLength(golden.length!);

  const { answer, generation } = golden;
  const own = parts.at(-1)!;
  if (answer !== undefined) {
    if (NOT_SEARCHED.has(name)) {
      expect(answer.content, name).toBeNull();
      expect(own.text && printed(own.text), name).toBe(golden.messages.at(-1)!.content);
    } else expect(own.text, `text of ${name}`).toEqual(answer.content);
    expect(own.reasoning, `reasoning of ${name}`).toEqual(answer.reasoning);
    const cover = answer.calls_cover ?? null;
    expect(own.calls === null, `calls of ${name}`).toBe(cover === null);
    if (own.calls !== null && cover !== null) {
      const [from, to] = own.calls;
      expect(from, `calls of ${name}`).toBeLessThanOrEqual(cover[0]);
      expect(to, `calls of ${name}`).toBeGreaterThanOrEqual(cover[1]);
      expect(printed(own.calls), `calls of ${name}`).not.toMatch(END_OF_TURN);
      expect(printed([to, characters.length]), `what follows the calls of ${name}`).toMatch(END_OF_TURN);
      for (const other of [own.text, own.reasoning]) {
        if (other !== null) expect(other[1] <= from || to <= other[0], `calls apart in ${name}`).toBe(true);
      }
    }
  }
  if (generation !== undefined) {
    const outside = parts.flatMap(({ reasoning, text: said, calls }, index) =>
      messages[index]!.role === 'assistant'
        ? [reasoning, said, calls].filter(
            (place) => place !== null && !generation.some(([from, to]) => from <= place[0] && place[1] <= to),
          )
        : [],
    );
    expect(outside, `parts of ${name} that are not trained on`).toEqual([]);
  }
}

describeWith(CHAT_TEMPLATES, 'real chat templates are rendered as Hugging Face does, and parts found in them', () => {
  test.each(goldens)('$template', ({ template: file, special, cases }) => {
    const template = new ChatTemplate(readFileSync(join(CHAT_TEMPLATES, file), 'utf8'), special, file);
    for (const golden of cases) check(template, golden, `${file}, ${golden.case}`);
  });
});
