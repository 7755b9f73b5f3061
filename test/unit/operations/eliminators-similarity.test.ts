import { describe, expect, test } from 'vitest';
import {
  nearDuplicateOfParent,
  noInformationGain,
  siblingDuplicate,
  unchanged,
} from '../../../src/operations/eliminators/similarity.js';
import { wordEdits } from '../../../src/operations/eliminators/word-edits.js';
import { testRule } from '../../support/evolved.js';

const pair = (parent: string, answer: string) => ({ parent, answer });

const CLIPS =
  'Natalia sold clips to 48 of her friends in April, and then she sold half as many clips in May. How many clips did Natalia sell altogether in April and May?';

const SAME = [
  pair('List three fruits.', 'List three fruits.'),
  pair('List three fruits.', 'list  three fruits'),
  pair('List three fruits', '"List three fruits."'),
  pair('Nenne drei Früchte.', 'Nenne drei FRÜCHTE!'),
  pair('请列出三种水果。', '请列出三种水果'),
  pair('Назови три фрукта.', '**Назови три фрукта.**'),
  pair('What is 5 * 3?', 'New instruction: What is 5 * 3?'),
];

const NEARLY = [
  pair('What is the capital city of France?', 'What is the capital town of France?'),
  pair(CLIPS, CLIPS.replace('48', '52')),
  pair(CLIPS, CLIPS.replace('April, and then', 'April and')),
  pair('Nenne drei Früchte, die im Herbst in Europa wachsen.', 'Nenne vier Früchte, die im Herbst in Europa wachsen.'),
  pair('请列出三种在秋天成熟的水果名称', '请列出四种在秋天成熟的水果名称'),
  pair('Explique la différence entre un lac et un étang.', 'Explique la différence entre un lac et une étang.'),
];

const CHANGED = [
  pair('List three fruits.', 'List three tropical fruits.'),
  pair('Write a poem about love', 'Write a short poem about love'),
  pair('Convert miles to kilometers', 'Convert kilometers to miles'),
  pair(
    'Write a story about a dog that saves its owner from a fire',
    'Write a story about a border collie that saves its owner from a wildfire',
  ),
  pair(CLIPS, `${CLIPS} Give the answer as a share of the year's 200 clips.`),
  pair('Nenne drei Früchte.', 'Nenne drei Früchte und erkläre, wo sie wachsen.'),
  pair('列出三种水果。', '列出三种富含维生素的水果，并说明理由。'),
  pair('Explique la photosynthèse.', 'Explique la photosynthèse à un enfant de six ans.'),
];

describe('unchanged', () => testRule(unchanged, SAME, [...NEARLY, ...CHANGED]));

describe('near_duplicate', () => testRule(nearDuplicateOfParent, NEARLY, CHANGED));

describe('no_information_gain', () => testRule(noInformationGain, [...SAME, ...NEARLY], CHANGED));

describe('sibling_duplicate', () => {
  const beside = ({ parent, answer }: { parent: string; answer: string }) => ({
    parent: 'Something else entirely.',
    siblings: ['Another one.', parent],
    answer,
  });
  testRule(siblingDuplicate, [...SAME, ...NEARLY].map(beside), [
    ...CHANGED.map(beside),
    { parent: 'List.', answer: 'List.' },
  ]);
});

describe('the number of word edits', () => {
  const words = (text: string) => text.split(' ');
  test.each([
    ['a b c', 'a b c', 0],
    ['a b c', 'a x c', 1],
    ['a b c', 'b c', 1],
    ['a b c d', 'b a d c', 3],
    ['k i t t e n', 's i t t i n g', 3],
    ['s a t u r d a y', 's u n d a y', 3],
  ])('%s / %s', (a, b, edits) => {
    expect(wordEdits(words(a), words(b), 10)).toBe(edits);
    expect(wordEdits(words(b), words(a), edits)).toBe(edits);
    if (edits > 0) expect(wordEdits(words(a), words(b), edits - 1)).toBeNull();
  });
});
