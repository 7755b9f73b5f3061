import { describe, expect, test } from 'vitest';
import { answered } from '../../../src/operations/eliminators/answered.js';
import { codeLostRule, inputLostRule, numbersLostRule } from '../../../src/operations/eliminators/content-lost.js';
import { languageChanged } from '../../../src/operations/eliminators/language-changed.js';
import { allNumbers, digitNumbers } from '../../../src/operations/eliminators/numbers.js';
import { testRule } from '../../support/evolved.js';

describe('answered', () => {
  const capital = 'What is the capital of France?';
  const sum = 'Tom has 3 apples and buys 4 more. How many apples does he have?';
  const poem = 'Write a poem about the sea.';
  testRule(
    answered,
    [
      { parent: capital, answer: 'The capital of France is Paris, a city on the river Seine.' },
      { parent: capital, answer: 'Answer: Paris' },
      { parent: capital, answer: 'What is the capital of France?\n\nAnswer: Paris is the capital.' },
      { parent: sum, answer: 'Tom has 3 + 4 = 7 apples.\n#### 7' },
      { parent: sum, answer: 'The answer is 7.' },
      { parent: sum, answer: 'He has $\\boxed{7}$ apples.' },
      { parent: poem, answer: 'Sure! Here is a poem about the sea:\n\nWaves roll in.' },
      { parent: poem, answer: 'Here’s a short poem:\nWaves roll in.' },
      { parent: poem, answer: 'The waves that roll upon the shore, they sing of days that are no more.' },
      { parent: 'Was ist die Hauptstadt von Frankreich?', answer: 'Antwort: Paris ist die Hauptstadt.' },
      { parent: '法国的首都是哪里？', answer: '答案：法国的首都是巴黎。' },
      { parent: 'Quelle est la capitale de la France ?', answer: 'Réponse : Paris est la capitale.' },
    ],
    [
      { parent: capital, answer: 'Which city is the capital of France, and since when?' },
      { parent: capital, answer: 'The capital of France moved several times. Explain why.' },
      { parent: sum, answer: 'Tom has 3 apples, buys 4 more and gives half of them away. How many are left?' },
      { parent: sum, answer: 'Tom has 3 apples. He buys 4 more, calculate how many he has after eating one.' },
      { parent: poem, answer: 'The sea is wide. Compose a poem about it in four lines.' },
      { parent: poem, answer: 'Here is a scenario: a sailor is lost at sea. Write the poem that he leaves behind.' },
      { parent: poem, answer: "Here's a question: what would the sea say in a poem?" },
      { parent: capital, answer: 'Fill in the blank.\n\nAnswer: ____ is the capital of France.' },
      { parent: 'Complete.\n\nAnswer: Paris is …', answer: 'Complete in ten words.\n\nAnswer: Paris is …' },
      {
        parent: 'Essay on rivers',
        answer: 'An essay on rivers, their sources, and the cities that have grown at their mouths',
      },
      {
        parent: 'Nenne die Hauptstadt von Frankreich.',
        answer: 'Die Hauptstadt von Frankreich ist zu nennen, und dazu der Fluss, an dem sie liegt.',
      },
      { parent: '写一首关于大海的诗。', answer: '写一首关于大海的诗，每行七个字，并且押韵。' },
      {
        parent: 'Simplify the fraction in \\boxed{6/8}.',
        answer: 'Simplify the fraction in \\boxed{6/8} and give the steps.',
      },
      { parent: 'Give a recipe.', answer: 'I need a recipe for a cake without eggs that takes less than an hour.' },
      { parent: 'Sort the words.', answer: 'Given the words below, arrange them by length and then by alphabet.' },
    ],
  );
});

describe('language_changed', () => {
  const english = 'Describe the most important rules of chess to somebody who has never played it.';
  const french = 'Décris les règles les plus importantes des échecs à quelqu’un qui n’y a jamais joué.';
  const german = 'Beschreibe jemandem, der noch nie gespielt hat, die wichtigsten Regeln des Schachspiels.';
  const spanish = 'Describe las reglas más importantes del ajedrez a alguien que nunca lo ha jugado antes.';
  const chinese =
    '请向一个从来没有下过国际象棋的人介绍最重要的规则，并说明每个棋子应该如何移动，以及怎样才能赢得一盘棋的胜利。';
  const russian = 'Опиши самые важные правила шахмат человеку, который никогда раньше в них не играл.';
  testRule(
    languageChanged,
    [
      { parent: english, answer: french },
      { parent: french, answer: english },
      { parent: german, answer: english },
      { parent: english, answer: chinese },
      { parent: chinese, answer: english },
      { parent: spanish, answer: german },
      { parent: russian, answer: english },
      { parent: english, answer: russian, breadth: true },
    ],
    [
      { parent: english, answer: `${english} Add one example of a short game and explain its last move.` },
      {
        parent: french,
        answer: 'Explique à un enfant de huit ans comment on gagne une partie d’échecs, avec deux exemples.',
      },
      {
        parent: german,
        answer: 'Erkläre einem Kind in fünf Sätzen, wie man eine Partie Schach gewinnt, ohne Fachwörter zu benutzen.',
      },
      {
        parent: chinese,
        answer:
          '请用五句话向一个八岁的孩子解释怎样才能赢得一盘国际象棋，不要使用任何专业术语，并举两个具体的例子来说明你的想法。',
      },
      { parent: russian, answer: 'Объясни ребёнку в пяти предложениях, как выиграть партию, и приведи два примера.' },
      { parent: english, answer: 'Échec et mat ?' },
      { parent: 'Short one.', answer: french },
      {
        parent: english,
        answer: `Translate the sentence “${french}” into English and name the rules of chess that it speaks of.`,
      },
      {
        parent: english,
        answer: 'Explain what this does:\n```\nécrire("les règles les plus importantes des échecs")\n```',
      },
      {
        parent: 'Skriv en kort fortelling om en gutt som bor ved sjøen og vil bli fisker.',
        answer: 'Skriv en kort historie om en dreng, der bor ved havet og gerne vil være fisker.',
      },
      {
        parent: 'What is $\\int_0^1 x^2 dx$? Show each step of the calculation.',
        answer: '∫ x² dx, ∫ x³ dx, ∑ n² = n(n+1)(2n+1)/6, lim x→0 sin x / x',
      },
    ],
  );
});

describe('code_lost', () => {
  const loop = 'What does this print?\n```python\nfor i in range(3):\n    print(i * 2)\n```';
  const sql = 'Explain the query `SELECT name FROM users WHERE age > 30`.';
  const lines = 'Find the bug:\nint total = 0;\nfor (int i = 0; i <= n; i++) {\n  total += a[i];\n}';
  testRule(
    codeLostRule,
    [
      { parent: loop, answer: 'What does a program print that doubles every number up to a limit?' },
      { parent: loop, answer: 'Erkläre ausführlich, was ein Programm mit einer Schleife ausgibt.' },
      { parent: sql, answer: 'Explain a query that finds people of a certain age, and give its cost.' },
      { parent: sql, answer: '解释一个查询并说明它的执行顺序。' },
      { parent: lines, answer: 'Find the bug in a program that adds numbers up, and mend it.' },
      { parent: 'What is wrong with `len(x) = 3`?', answer: 'What is wrong with assigning to a call?' },
    ],
    [
      { parent: loop, answer: `${loop}\nExplain why.` },
      { parent: loop, answer: 'What does this print?\n```python\nfor k in range(5):\n    print(k ** 2)\n```' },
      { parent: loop, answer: 'What does "for i in range(3): print(i * 2)" print in python, and why?' },
      { parent: sql, answer: 'Explain the query SELECT name FROM users WHERE age > 30, and add an index.' },
      { parent: sql, answer: 'Explain a query over cities instead.', breadth: true },
      { parent: lines, answer: `${lines}\nState its cost.` },
      { parent: 'Explain recursion.', answer: 'Explain recursion with an example.' },
      { parent: 'Which is larger; a, b, or c? Write a sentence.', answer: 'Compare three numbers.' },
      { parent: 'Let x = 3. Find 2x.', answer: 'Find twice a number that you choose.' },
    ],
  );
});

describe('numbers_lost', () => {
  const clips = 'Natalia sold clips to 48 friends in April, 24 in May and 12 in June. How many did she sell?';
  testRule(
    numbersLostRule,
    [
      { parent: clips, answer: 'Natalia sold clips to her friends in spring. How many did she sell, and why?' },
      { parent: clips, answer: 'Natalia sold clips for 3 months. How many did she sell?' },
      {
        parent: 'Ein Zug fährt 120 km in 2 Stunden. Wie schnell ist er?',
        answer: 'Ein Zug fährt eine lange Strecke. Wie schnell ist er im Durchschnitt?',
      },
      { parent: '小明有15个苹果，吃了6个，还剩几个？', answer: '小明有一些苹果，吃掉了一部分，请说明还剩多少。' },
      {
        parent: 'في الصندوق ٢٤ تفاحة و ١٨ برتقالة. كم المجموع؟',
        answer: 'في الصندوق تفاح وبرتقال. كم المجموع ولماذا؟',
      },
      {
        parent: 'Un champ mesure 30 m sur 40 m. Quelle est son aire ?',
        answer: 'Un champ est rectangulaire. Comment calcule-t-on son aire ?',
      },
    ],
    [
      {
        parent: clips,
        answer: 'Natalia sold clips to 48 friends in April, 24 in May and 12 in June at $2 each. What did she earn?',
      },
      { parent: clips, answer: 'Natalia sold 96 clips in spring, 25% of them in June, 3/8 in May. How many in April?' },
      {
        parent: clips,
        answer: 'Natalia sold clips to forty-eight friends in April, twenty-four in May and a dozen in June. How many?',
      },
      { parent: clips, answer: 'Describe how sales are recorded by month.', breadth: true },
      { parent: 'A class has 30 pupils. How many pairs?', answer: 'A class forms pairs. How many are there?' },
      { parent: 'Sort the numbers 5, 3 and 9.', input: '5, 3, 9', answer: 'Sort the numbers and find their median.' },
      {
        parent: 'How do COVID-19 and SARS-2 differ from H1N1?',
        answer: 'How do the viruses differ in how they spread?',
      },
      {
        parent: 'Do this:\n1. Name a fruit.\n2. Name a tree.\n3. Compare them.',
        answer: 'Name a fruit and a tree, then compare them by colour.',
      },
      {
        parent: 'A car costs $1,200 and a bike 300.',
        answer: 'A car costs $1200 and a bike three hundred. How many bikes is that?',
      },
      {
        parent: 'Ein Zug fährt 120 km in 2 Stunden.',
        answer: 'Ein Zug fährt hundertzwanzig Kilometer in zwei Stunden. Wie weit in drei?',
      },
    ],
  );

  test.each([
    ['1,234.5 and 1’000 and 12', ['1234.5', '1000', '12']],
    ['٢٤ und ３ und ९', ['24', '3', '9']],
    ['x2, H2O, COVID-19, -5, 10%, 3rd', ['5', '10', '3']],
    ['1. a\n2) b\n(3) c\n4.5 d', ['4.5']],
    ['3.50 = 3.5 = 3,5', ['3.5']],
  ])('the numbers of %j', (text, numbers) => {
    expect([...digitNumbers(text)]).toEqual(numbers);
  });

  test('numbers in words count', () => {
    expect([...allNumbers('Twice a dozen, drei, cinq and 7')].sort()).toEqual(['12', '2', '3', '5', '7'].sort());
  });
});

describe('input_lost', () => {
  const parent = 'Summarise the text.';
  const input = 'Volcanoes form where magma rises through the crust.';
  testRule(
    inputLostRule,
    [
      { parent, input, answer: 'Write a poem about a lonely king who never found his crown again' },
      { parent, input, answer: 'Name five European capitals, then rank every one by population' },
      { parent, input, answer: 'Plan a birthday party for ten children with a budget of fifty dollars', breadth: true },
      {
        parent: 'Translate',
        input: 'Good morning',
        answer: 'Explain why planes can fly, with two short examples and a diagram',
      },
      {
        parent: 'Résume le texte.',
        input: 'Un volcan naît du magma.',
        answer: 'Nomme cinq capitales et compare chacune avec Paris ou Rome ensuite',
      },
      {
        parent: 'Classify',
        input: 'apple, carrot',
        answer: 'Write dialogue between two robots on Mars about loneliness',
      },
    ],
    [
      { parent, input, answer: 'Summarise the text in two sentences and name its main claim.' },
      { parent, input, answer: 'Using only what is stated below, explain how mountains of fire come to be.' },
      { parent, input, answer: 'Explain how magma and volcanoes depend on each other, with one everyday comparison' },
      { parent, input: '', answer: 'Write a poem about a lonely king who never found his crown again' },
      { parent, input, answer: 'Summarise and criticise.' },
      {
        parent: 'Fasse den Text zusammen.',
        input: 'Vulkane entstehen durch Magma.',
        answer: 'Fasse den Inhalt in zwei Sätzen zusammen und nenne seine wichtigste Aussage',
      },
      { parent: '总结这段文字。', input: '火山由岩浆形成。', answer: '用两句话总结以下内容，并指出其中最重要的观点。' },
      {
        parent: 'Identify the odd one out',
        input: 'Twitter, Instagram, Telegram',
        answer: 'Identify which one does not belong and justify your choice in two sentences',
      },
    ],
  );
});
