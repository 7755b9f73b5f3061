import { beforeAll, describe, expect, test } from 'vitest';
import { loadTokenizer, type Tokenizer } from '../../../src/text/tokenizer.js';
import { kitDirectory, readTextFixture } from '../../support/text-fixtures.js';

interface SpecialCase {
  readonly tokenizer: string;
  readonly text: string;
  readonly control: number[];
  readonly as_text: number[];
}

const cases = readTextFixture<SpecialCase[]>('special.json');

describe.each([...new Set(cases.map(({ tokenizer }) => tokenizer))])(
  "special tokens in a text of %s's are what HF takes them for",
  (name) => {
    let tokenizer: Tokenizer;
    beforeAll(async () => {
      tokenizer = await loadTokenizer(kitDirectory(name));
      // The first such text has a second tokenizer made.
      await tokenizer.encode(tokenizer.tokenOf(tokenizer.eosId ?? 0) ?? '', { specialTokens: 'text' });
    });

    test.each(cases.filter((one) => one.tokenizer === name))('$text', async ({ text, control, as_text }) => {
      expect(tokenizer.holdsSpecialTokens(text)).toBe(true);
      expect([...(await tokenizer.encode(text))]).toEqual(control);
      expect([...(await tokenizer.encode(text, { specialTokens: 'text' }))]).toEqual(as_text);
    });
  },
);

test('a text without them is the same either way', async () => {
  const tokenizer = await loadTokenizer(kitDirectory('pocket'));
  expect(tokenizer.holdsSpecialTokens('a < b | c > im_end')).toBe(false);
  expect(await tokenizer.encode('a < b', { specialTokens: 'text' })).toEqual(await tokenizer.encode('a < b'));
});
