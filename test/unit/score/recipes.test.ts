import { describe, expect, test } from 'vitest';
import { recipes } from '../../../src/score/recipes/index.js';
import { ignoredParts } from '../../../src/score/sequences/turns.js';

describe('recipes', () => {
  test.each(Object.entries(recipes))('%s describes itself', (name, recipe) => {
    expect(recipe.name).toBe(name);
    expect(recipe.summary).not.toContain('\n');
    expect(recipe.source.paper).toMatch(/^https:\/\/arxiv\.org\/abs\/\d{4}\.\d{5}$/);
  });

  test.each(Object.values(recipes))('$name is data: it survives being written as JSON', (recipe) => {
    expect(JSON.parse(JSON.stringify(recipe))).toEqual(recipe);
  });

  test('the limits of the published scripts are the defaults', () => {
    expect(recipes.superfiltering.maxLength).toBe(1024);
    expect(recipes.cherry.maxLength).toBe(512);
    expect(recipes.paper.maxLength).toBeNull();
  });
});

test('the parts of a row that recipes for one exchange ignore are told', () => {
  const plain = { kind: 'exchange', instruction: 'q', input: '', response: 'a', system: '', history: [] } as const;
  expect(ignoredParts(plain)).toEqual([]);
  expect(ignoredParts({ ...plain, system: 's', history: [['q', 'a']] })).toEqual(['system', 'history']);
  const messages = [{ role: 'system', content: 's' } as const];
  expect(ignoredParts({ kind: 'conversation', messages })).toEqual(['system']);
});
