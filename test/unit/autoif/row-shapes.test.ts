import { describe, expect, it } from 'vitest';
import { dpoRow, SFT_LAYOUTS, SFT_ROW_LAYOUTS, sftRow } from '../../../src/autoif/rows/row-shapes.js';
import { detectLayout } from '../../../src/rows/detect-layout.js';
import type { Example } from '../../../src/rows/example.js';
import { messageParts } from '../../../src/rows/message-parts.js';
import { parseRow } from '../../../src/rows/parse-row.js';

const QUERY = { id: '7.0', query: 'Name three rivers.', constraints: ['Use no commas', 'Answer in three lines'] };
const VERIFICATION = {
  constraints: ['0123456789ab', 'ba9876543210'],
  functions: { aaaaaaaaaaaa: 'true', bbbbbbbbbbbb: 'false' },
  accuracy: 0.5,
  grade: 9,
};
const RESPONSE = { text: 'Rhine\nNile\nMekong', reasoning: null, verification: VERIFICATION };
const THOUGHT = { ...RESPONSE, reasoning: 'One a line.' };

/** What our reader finds in a row, by the layout that it detects and by the one that rows are said to have. */
function readBack(row: object, layout: Parameters<typeof parseRow>[1]): Example {
  const record = JSON.parse(JSON.stringify(row)) as Record<string, unknown>;
  const found = [detectLayout([record]), layout!].map((one) => parseRow(record, one));
  for (const parsed of found) expect(parsed).toMatchObject({ ok: true, id: '7.0' });
  expect(found[0]).toEqual(found[1]);
  return (found[0] as { readonly example: Example }).example;
}

describe('A row to train on is read back', () => {
  const exchange = { kind: 'exchange', response: RESPONSE.text, system: '', history: [] };

  it('joined', () => {
    const row = sftRow('joined', QUERY, RESPONSE);
    expect(readBack(row, SFT_ROW_LAYOUTS.joined)).toEqual({
      ...exchange,
      instruction: 'Name three rivers.\nUse no commas\nAnswer in three lines',
      input: '',
    });
  });

  it('split', () => {
    const row = sftRow('split', QUERY, RESPONSE);
    expect(readBack(row, SFT_ROW_LAYOUTS.split)).toEqual({
      ...exchange,
      instruction: 'Use no commas\nAnswer in three lines',
      input: 'Name three rivers.',
    });
  });

  it('as messages', () => {
    const row = sftRow('messages', QUERY, RESPONSE);
    expect(readBack(row, SFT_ROW_LAYOUTS.messages)).toEqual({
      kind: 'conversation',
      messages: [
        { role: 'user', content: 'Name three rivers.\nUse no commas\nAnswer in three lines' },
        { role: 'assistant', content: RESPONSE.text },
      ],
    });
  });

  it.each(SFT_LAYOUTS)('with what was thought before it: %s', (layout) => {
    const example = readBack(sftRow(layout, QUERY, THOUGHT), SFT_ROW_LAYOUTS[layout]);
    if (example.kind === 'exchange') expect(example.reasoning).toBe('One a line.');
    else expect(messageParts(example.messages[1]!).field?.text).toBe('One a line.');
  });

  it.each(SFT_LAYOUTS)('and has its verification beside it: %s', (layout) => {
    expect(sftRow(layout, QUERY, RESPONSE).verification).toEqual(VERIFICATION);
  });
});

describe('A preference is read back', () => {
  const other = {
    ...VERIFICATION,
    functions: { aaaaaaaaaaaa: 'false', bbbbbbbbbbbb: 'error' },
    accuracy: 0,
    grade: null,
  };
  const row = dpoRow(QUERY, RESPONSE, { text: 'Rhine, Nile, Mekong', reasoning: null, verification: other });

  it.each([
    ['chosen', RESPONSE.text],
    ['rejected', 'Rhine, Nile, Mekong'],
  ] as const)('%s', (answer, response) => {
    const record = { ...row } as unknown as Record<string, unknown>;
    const parsed = parseRow(record, detectLayout([record], { answer }));
    expect(parsed).toMatchObject({
      ok: true,
      id: '7.0',
      example: { instruction: 'Name three rivers.\nUse no commas\nAnswer in three lines', input: '', response },
    });
  });

  it('and says what was found of both', () => {
    expect(row.verification).toEqual({
      ...VERIFICATION,
      rejected: { functions: other.functions, accuracy: 0, grade: null },
    });
  });
});
