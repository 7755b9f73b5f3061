import { aligned } from './aligned.js';
import { cherry } from './cherry.js';
import { paper } from './paper.js';
import type { Recipe, RecipeName } from './recipe.js';
import { superfiltering } from './superfiltering.js';

/** Every recipe by its name; the default one first. */
export const recipes: Readonly<Record<RecipeName, Recipe>> = { paper, superfiltering, cherry, aligned };

/** The field that a run's rows are ordered by where nothing is said: its recipe's. */
export const ranksBy = (run: string | null): Recipe['ranksBy'] =>
  Object.values(recipes).find(({ name }) => name === run)?.ranksBy ?? 'ic_ifd';
