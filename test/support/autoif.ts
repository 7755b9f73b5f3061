import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AutoifReport } from '../../src/autoif/index.js';
import type { Asked, Script } from './scripted-llm.js';

/** Constraints that the scripted model knows how to check, with functions that are right, and what satisfies them. */
const KNOWN: Readonly<Record<string, { readonly check: string; readonly good: string; readonly bad: string }>> = {
  'Write the whole answer in capital letters.': {
    check: 'response.isupper()',
    good: 'THE TIDE FOLLOWS THE MOON.',
    bad: 'The tide follows the moon.',
  },
  'End the answer with a question mark.': {
    check: "response.rstrip().endswith('?')",
    good: 'Is it not the moon that moves the tide?',
    bad: 'It is the moon that moves the tide.',
  },
  'Use no digits in the answer.': {
    check: 'not any(c.isdigit() for c in response)',
    good: 'Twice a day the tide comes in.',
    bad: 'The tide comes in 2 times a day.',
  },
};

export const CONSTRAINTS = Object.keys(KNOWN);

const QUERIES = Array.from(
  { length: 12 },
  (_, number) => `Why does the tide come in twice a day at harbour ${number}?`,
);

/** A folder with `queries.jsonl` and `seeds.txt`. */
export async function autoifFolder(): Promise<{ folder: string; queries: string; seeds: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'evosift-autoif-'));
  const [queries, seeds] = [join(folder, 'queries.jsonl'), join(folder, 'seeds.txt')];
  const rows = ['Too short?', ...QUERIES].map((instruction) => JSON.stringify({ instruction, output: 'It does.' }));
  await writeFile(queries, `${rows.join('\n')}\n`);
  await writeFile(seeds, `${CONSTRAINTS.slice(0, 2).join('\n')}\n`);
  return { folder, queries, seeds };
}

/** How the model answers: two samples of a constraint are right, the third is wrong, all others are no JSON. */
export const autoifScript: Script = (asked) => SCRIPTS[asked.prompt]!(asked);

const SCRIPTS: Readonly<Record<string, (asked: Asked) => string>> = {
  'augment-constraints': () => `1. ${CONSTRAINTS[2]}\n2. ${CONSTRAINTS[0]}`,
  'write-verifier': ({ variables, body }) => {
    const { check, good, bad } = KNOWN[String(variables['constraint'])]!;
    const kind = Number(body.seed ?? 0) % 4;
    if (kind === 3) return 'I would check the letters of the answer one by one.';
    const code = `def evaluate(response):\n    ${'# again\n    '.repeat(kind)}return ${kind === 2 ? 'False' : check}`;
    const cases = [
      { input: good, output: 'True' },
      { input: bad, output: false },
      { input: `${good} ${kind}`, output: 'perhaps' },
    ];
    return `Here it is:\n\`\`\`json\n${JSON.stringify({ func: code, cases })}\n\`\`\``;
  },
  'back-translate': ({ variables }) =>
    CONSTRAINTS.find((one) => String(variables['code']).includes(KNOWN[one]!.check)) ?? 'Answer with nothing at all.',
  'judge-contradiction': ({ variables }) =>
    `Label: ${variables['premise'] === variables['hypothesis'] ? 'entailment' : 'contradiction'}`,
  'respond-constrained': ({ variables, body }) => {
    const { good, bad } = KNOWN[(variables['constraints'] as string[])[0]!]!;
    const kind = Number(body.seed ?? 0) % 3;
    if (kind === 0) return bad;
    // Another one that keeps to all three.
    return kind === 1 ? good : `${good} ${good.toUpperCase() === good ? 'IS IT SO?' : 'Is it so?'}`;
  },
  grade: ({ variables }) => (String(variables['query']).includes('harbour 3') ? 'It is nice.' : 'Score: 9'),
};

/** The files that two runs of the same must agree in, to the byte. */
const FILES = ['constraints', 'functions', 'verifiers', 'pairs', 'responses', 'sft'];

export const autoifSummary = (run: string): AutoifReport => JSON.parse(readFileSync(join(run, 'summary.json'), 'utf8'));

export async function autoifResult(run: string, files: readonly string[] = FILES): Promise<object> {
  const { start: _start, ...summary } = autoifSummary(run);
  const texts = files.map(async (name) => [name, await readFile(join(run, `${name}.jsonl`), 'utf8')] as const);
  return { summary, ...Object.fromEntries(await Promise.all(texts)) };
}
