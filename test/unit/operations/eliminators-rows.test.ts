import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { examineResponse } from '../../../src/ask/examine-response.js';
import { examineEvolved } from '../../../src/operations/examine-evolved.js';
import { completionOf, askedOf } from '../../support/evolved.js';
import { fixture } from '../../support/fixtures.js';

interface Row {
  readonly instruction: string;
  readonly input: string;
  readonly output: string;
}

const readRows = (name: string): readonly Row[] =>
  readFileSync(fixture('rows', name), 'utf8')
    .trim()
    .split('\n')
    .map((line): Row => JSON.parse(line));

type Source = 'gsm8k' | 'alpaca';

/** Rows by number, with a harder version as a good evolver would write it. */
const HARDER: readonly (readonly [Source, number, string])[] = [
  [
    'gsm8k',
    0,
    "Janet’s ducks lay 16 eggs per day. She eats three for breakfast every morning and bakes muffins for her friends every day with four. On weekdays she sells the remainder at the farmers' market for $2 per fresh duck egg, and at weekends for half as much again. How much in dollars does she make in a week?",
  ],
  [
    'gsm8k',
    1,
    'A robe takes 2 bolts of blue fiber and half that much white fiber. A bolt of blue costs $12, a bolt of white a third less. What do the bolts for 5 robes cost in total?',
  ],
  [
    'gsm8k',
    2,
    'Josh buys a house for $80,000 and puts in $50,000 in repairs, half of it on a loan at 6% interest for one year. The repairs increase the value of the house by 150%. How much profit does he make when he sells after a year and pays the loan back?',
  ],
  [
    'gsm8k',
    3,
    'James runs sprints of 60 meters, three of them on each of 3 days a week. From the second week on he adds one sprint a day. In which week does he first run more than 1,000 meters, and how many does he run in it?',
  ],
  [
    'gsm8k',
    4,
    'Wendi has a flock of 20 chickens and gives each of them three cups of feed a day in three meals. The morning meal takes 15 cups, the afternoon meal 25. Next week 8 chicks arrive that eat half as much each. How many cups does the final meal of the day take then, if the other two stay the same?',
  ],
  [
    'gsm8k',
    5,
    'One glass costs $5, but every second glass costs only 60% of the price. Kylar wants to buy 16 glasses, and his friend 7. How much do they save together by buying all of them at once rather than each alone?',
  ],
  [
    'gsm8k',
    6,
    'Toulouse has twice as many sheep as Charleston, and Charleston 4 times as many as Seattle, which has 20. A drought then costs each city a quarter of its flock. Show step by step how many sheep they have together afterwards.',
  ],
  [
    'gsm8k',
    7,
    'Carla is downloading a file of 200 GB at 2 GB/minute. After 40% of it, a restart takes 20 minutes, and she has to begin again at a speed that is a tenth lower. Write an equation for the total time and solve it.',
  ],
  [
    'alpaca',
    0,
    'Analyze the article "The Social Media Revolution": name its main claim, the evidence that it rests on, and one group of readers whom it does not convince.',
  ],
  [
    'alpaca',
    1,
    'Provide a summary of the short story "The Tell-Tale Heart" in exactly three sentences, without naming the narrator’s crime before the last one.',
  ],
  [
    'alpaca',
    2,
    'For an office of 50 people with a budget of 2,000 dollars, name three ways to create a more sustainable work environment and rank them by savings per dollar.',
  ],
  [
    'alpaca',
    3,
    'Write a persuasive essay against animal experimentation that answers the two strongest arguments of those who defend it.',
  ],
  [
    'alpaca',
    5,
    'Write a one-page essay in which a rural school board is convinced that science education deserves a larger share of its budget.',
  ],
  [
    'alpaca',
    8,
    'Give an example of a mammal that lays eggs, and explain which traits it shares with reptiles and which set it apart from them.',
  ],
  [
    'alpaca',
    15,
    'Write JavaScript code that solves this programming puzzle in linear time, and explain in a comment why each character is visited at most twice.',
  ],
  [
    'alpaca',
    63,
    'Compare the given two things by habitat, diet and behaviour towards humans, and say which one a hiker should fear more.',
  ],
  [
    'alpaca',
    99,
    'Pick a topic of your own that contrasts with this one, then weave both into a piece of creative writing of at most 200 words.',
  ],
  ['alpaca', 189, 'Describe a character from a film through the eyes of an opponent who slowly comes to admire them.'],
  [
    'alpaca',
    198,
    'Create a dessert that combines two different flavors, costs less than ten dollars and needs no oven; list allergens.',
  ],
  [
    'alpaca',
    207,
    'Research a given historical event and explain in five paragraphs what would have happened if one of the sides had not backed down.',
  ],
  [
    'alpaca',
    243,
    'Construct a story that is told backwards, from its end to its beginning, so that the given first line comes last.',
  ],
];

/** The same rows in other words. */
const REWORDED: readonly (readonly [Source, number, string])[] = [
  [
    'gsm8k',
    0,
    'Every day, the ducks that Janet keeps lay sixteen eggs. Three of these are her breakfast, and four go into muffins for friends. What remains is sold at the market for 2 dollars an egg. What does she earn there per day?',
  ],
  [
    'gsm8k',
    1,
    'To make a robe one needs two bolts of blue fiber and, of white fiber, half as much. Find the total number of bolts.',
  ],
  [
    'gsm8k',
    2,
    'A house that Josh has bought for 80000 dollars gets repairs worth 50000 dollars, after which its value has risen by 150 percent. What is his profit?',
  ],
  [
    'gsm8k',
    3,
    'Three times a week, James runs three sprints of 60 meters each. What distance in meters does he cover weekly?',
  ],
  [
    'gsm8k',
    5,
    'Kylar needs sixteen glasses for a new apartment. The price is 5 dollars, but of every two the second is sold at 60 percent. What will he have to pay?',
  ],
  [
    'gsm8k',
    6,
    'Seattle has twenty sheep. Charleston has four times that number, and Toulouse double the number of Charleston. What is the sum of all three?',
  ],
  ['alpaca', 0, 'Write an analysis of an article that is called "The Social Media Revolution".'],
  ['alpaca', 1, 'Sum up the short story "The Tell-Tale Heart" briefly.'],
  ['alpaca', 2, 'What are three measures by which a workplace can become more sustainable?'],
  ['alpaca', 3, 'Take a stand on experiments with animals in an essay that persuades its readers.'],
  ['alpaca', 8, 'Which mammal reproduces by eggs? One example is enough.'],
  ['alpaca', 63, 'What distinguishes these two from each other?'],
  ['alpaca', 198, 'Invent a dish in which the two flavors come together.'],
];

describe('strict rules on real rows', () => {
  /** Every fifth row, for the rules that are held to all of them. */
  const some = (all: readonly Row[]): readonly Row[] => all.filter((_, index) => index % 5 === 0);

  const rows: Readonly<Record<Source, readonly Row[]>> = {
    gsm8k: readRows('gsm8k-test.jsonl'),
    alpaca: readRows('alpaca-cherry-3111.jsonl'),
  };

  const strictly = ({ instruction, input }: Row, answer: string) =>
    examineEvolved(askedOf({ parent: instruction, input, answer }), completionOf(answer));

  test.each(HARDER)('a harder version of row %s %i survives', (source, index, harder) => {
    expect(strictly(rows[source][index]!, harder)).toEqual({ instruction: harder, eliminated: null });
  });

  test.each(REWORDED)('row %s %i in other words is no case for a rule', (source, index, reworded) => {
    expect(strictly(rows[source][index]!, reworded)).toMatchObject({ eliminated: null });
  });

  test('a row is unchanged as its own evolution, and nothing else', () => {
    for (const row of some([...rows.gsm8k, ...rows.alpaca])) {
      expect(strictly(row, row.instruction)).toMatchObject({ eliminated: 'unchanged' });
    }
  });

  test('a row with a condition survives', () => {
    const condition = 'Answer in at most three sentences, and name the step at which most people go wrong.';
    for (const row of some([...rows.gsm8k, ...rows.alpaca])) {
      expect(strictly(row, `${row.instruction}\n${condition}`)).toMatchObject({ eliminated: null });
    }
  });

  test('an answer in place of an instruction is found nearly always in mathematics, and mostly elsewhere', () => {
    const share = (all: readonly Row[]) => {
      const findings = all.map((row) => strictly(row, row.output));
      return findings.filter(({ eliminated }) => eliminated !== null).length / all.length;
    };
    expect(share(some(rows.gsm8k))).toBeGreaterThan(0.99);
    expect(share(some(rows.alpaca))).toBeGreaterThan(0.6);
  });

  test('responses of real rows are responses', () => {
    const failures = [...rows.gsm8k, ...rows.alpaca].filter(({ instruction, output }) => {
      return examineResponse({ instruction }, completionOf(output)).failed !== null;
    });
    expect(failures.map(({ output }) => output)).toEqual([]);
  });
});
