// @ts-check
// The ten rows of a JSON array from which most is to be learnt. usage: node score.mjs ROWS.json [MODEL]
import { readFile } from 'node:fs/promises';
import { loadScorer } from 'evosift';

const [file = 'rows.json', model = 'pocket'] = process.argv.slice(2);
const rows = JSON.parse(await readFile(file, 'utf8'));
const scorer = await loadScorer({ model });
const scored = [];
for await (const outcome of scorer.score(rows, { recipe: 'paper' })) {
  if (outcome.status === 'scored') scored.push(outcome);
  else console.error(`row ${outcome.index}: ${outcome.reason}`);
}
await scorer.close();
scored.sort((a, b) => b.icIfd - a.icIfd);
for (const { index, icIfd } of scored.slice(0, 10)) console.log(icIfd.toFixed(4), rows[index].instruction);
