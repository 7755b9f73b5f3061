import { describe, expect, it } from 'vitest';
import { parseRow } from '../../../src/rows/parse-row.js';
import { rowToVerify, verdictLine } from '../../../src/verify/verdict-line.js';
import { constraintId, functionId } from '../../../src/verify/verifier.js';
import { VerifierSet } from '../../../src/verify/verifier-set.js';

const CODE = 'def evaluate(response):\n    return True';
const known = new VerifierSet();
for (const constraint of ['Be brief.', 'Rhyme.']) {
  const functions = [{ id: functionId(constraint), code: constraint, accuracy: null }];
  known.add({ id: constraintId(constraint), constraint, functions });
}

const toVerify = (record: Record<string, unknown>) =>
  rowToVerify(
    { index: 4, file: 0, line: 5, offset: null, length: null, record, problem: null },
    parseRow(record),
    known,
  );
/** The constraints that a row is held to, or why there are none. */
function heldTo(record: Record<string, unknown>): readonly string[] | string {
  const row = toVerify(record);
  return row.ok ? row.verifiers.map(({ constraint }) => constraint) : row.reason;
}

describe('what a row is held to', () => {
  const row = { instruction: 'Name a river. Rhyme.', output: 'Rhine' };
  it.each([
    ['what stands in its prompt', row, ['Rhyme.']],
    [
      'its verification, before all else',
      { ...row, verification: { constraints: [constraintId('Be brief.')] } },
      ['Be brief.'],
    ],
    ['… as JSON text', { ...row, verification: `{"constraints":["${constraintId('Be brief.')}"]}` }, ['Be brief.']],
    ['a column, by text', { ...row, constraint: ' Be brief. ' }, ['Be brief.']],
    ['a column, by id', { ...row, constraint: constraintId('Be brief.') }, ['Be brief.']],
    [
      'a column of several',
      { ...row, constraints: ['Be brief.', constraintId('Rhyme.'), 'Rhyme.'] },
      ['Be brief.', 'Rhyme.'],
    ],
    ['a column of several as JSON text', { ...row, constraints: '["Be brief."]' }, ['Be brief.']],
    ['an empty column counts for nothing', { ...row, constraints: [] }, ['Rhyme.']],
    ['one without functions', { ...row, constraints: ['Be brief.', 'Be bold.'] }, 'unknown_constraint'],
    ['functions of its own', { ...row, instruction: 'Sing.', eval_func: [[CODE, 1]] }, ['Sing.']],
    ['functions of its own that are none', { ...row, eval_func: [[1]] }, 'malformed_row'],
    ['nothing', { ...row, instruction: 'Name a river.' }, 'no_constraint'],
    ['a system message', { ...row, instruction: 'Name a river.', system: 'Be brief.' }, ['Be brief.']],
    ['an input', { instruction: 'Be brief.', input: 'What is a weir?', output: 'A dam.' }, ['Be brief.']],
    ['no answer', { ...row, output: ' ' }, 'no_response'],
    ['no column of answers', { instruction: 'Rhyme.', outputs: 1 }, 'malformed_row'],
  ])('%s', (_, record, expected) => {
    expect(heldTo(record)).toEqual(expected);
  });

  it('only its last question counts, of a conversation', () => {
    const user = (content: string) => ({ role: 'user', content });
    const assistant = (content: string) => ({ role: 'assistant', content });
    expect(heldTo({ messages: [user('Rhyme.'), assistant('a'), user('Be brief.'), assistant('b')] })).toEqual([
      'Be brief.',
    ]);
    expect(heldTo({ messages: [user('Rhyme.')] })).toBe('no_assistant_turn');
  });
});

describe('the answer that is checked', () => {
  const responseTo = (record: Record<string, unknown>): string | null => {
    const row = toVerify({ constraint: 'Rhyme.', ...record });
    return row.ok ? row.response : null;
  };
  const talk = (message: object) => ({ messages: [{ role: 'user', content: 'q' }, message] });
  it.each([
    ['as it is', { instruction: 'q', output: ' a\n' }, ' a\n'],
    ['without a thought written into it', { instruction: 'q', output: '<think>hm</think>\n\n a' }, ' a'],
    ['with a thought in a column of its own', { instruction: 'q', output: 'a', reasoning_content: 'hm' }, 'a'],
    ['of a message', talk({ role: 'assistant', content: '<think>hm</think>a' }), 'a'],
    ['the last', talk({ role: 'assistant', content: 'a' }), 'a'],
    ['a thought alone is none', talk({ role: 'assistant', content: '<think>hm' }), null],
    [
      'a call alone is none',
      talk({ role: 'assistant', content: '', tool_calls: [{ function: { name: 'f', arguments: '{}' } }] }),
      null,
    ],
  ])('%s', (_, record, expected) => {
    expect(responseTo(record)).toBe(expected);
  });
});

describe('a line of the verdicts', () => {
  const accepts = (accuracy: number): boolean => accuracy > 0.5;

  it('has the row by hash, id and index, and what its functions said', () => {
    const row = toVerify({ id: 'r4', instruction: 'Rhyme.', output: 'a' });
    const functions = { aa: 'true', bb: 'error', cc: 'true' } as const;
    expect(verdictLine(row, { functions, errors: { bb: 'ValueError: no' }, accuracy: 2 / 3 }, accepts)).toEqual({
      hash: expect.stringMatching(/^[0-9a-f]{32}$/),
      id: 'r4',
      index: 4,
      verified: true,
      accuracy: 2 / 3,
      functions,
      errors: { bb: 'ValueError: no' },
      reason: null,
    });
    expect(verdictLine(row, { functions: {}, errors: {}, accuracy: 0.5 }, accepts).verified).toBe(false);
  });

  it('has no hash of a row that says nothing, and the reason', () => {
    expect(verdictLine(toVerify({ weather: 'fine' }), null, accepts)).toEqual({
      hash: null,
      id: null,
      index: 4,
      verified: null,
      accuracy: null,
      functions: {},
      reason: 'malformed_row',
    });
  });
});
