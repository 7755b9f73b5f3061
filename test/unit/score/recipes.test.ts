import { describe, expect, test } from 'vitest';
import { recipes } from '../../../src/score/recipes/index.js';

describe('recipes', () => {
  test.each(Object.values(recipes))('$name describes itself', (recipe) => {
    expect(recipe.summary).not.toContain('\n');
    expect(recipe.source.paper).toMatch(/^https:\/\/arxiv\.org\/abs\/\d{4}\.\d{5}$/);
  });

  test.each(Object.values(recipes))('$name is data: it survives being written as JSON', (recipe) => {
    expect(JSON.parse(JSON.stringify(recipe))).toStrictEqual(recipe);
  });

  test('the limits of the published scripts are the defaults', () => {
    expect(recipes.superfiltering.maxLength).toBe(1024);
    expect(recipes.cherry.maxLength).toBe(512);
    expect(recipes.paper.maxLength).toBeNull();
  });
});
