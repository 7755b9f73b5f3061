/**
 * Fields whose values are records that are keyed by data: reasons, stages of work, names that people gave. Their keys are
 * nobody's to respell.
 */
const KEYED_BY_DATA: ReadonlySet<string> = new Set([
  'datasets',
  'eliminated',
  'failed',
  'failures',
  'formats',
  'generators',
  'ignored',
  'leftOut',
  'limits',
  'operations',
  'reasons',
  'rounds',
  'skipped',
  'stages',
  'unanswered',
  'unjudged',
]);

const [snakeNames, camelNames] = [new Map<string, string>(), new Map<string, string>()];

/** `lossAGivenQ` as `loss_a_given_q`. */
export const snakeCase = (name: string): string =>
  known(snakeNames, name, (text) => text.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));

/** `loss_a_given_q` as `lossAGivenQ`. */
export const camelCase = (name: string): string =>
  known(camelNames, name, (text) => text.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));

/** Files and output have few names, and many lines with them. */
function known(names: Map<string, string>, name: string, spell: (name: string) => string): string {
  const found = names.get(name);
  if (found !== undefined) return found;
  const spelled = spell(name);
  names.set(name, spelled);
  return spelled;
}

/** A document of the library as files and JSON output have it: the same fields in the same order, in snake_case. */
export const toSnakeCase = (value: object): object => respell(value, snakeCase) as object;

/** What a file holds, as the library has it. */
export const toCamelCase = (value: unknown): unknown => respell(value, camelCase);

function respell(value: unknown, spell: (name: string) => string): unknown {
  if (typeof value !== 'object' || value === null) return value;
  // Numbers by the thousand need no look.
  if (Array.isArray(value)) return typeof value[0] === 'object' ? value.map((one) => respell(one, spell)) : value;
  const spelled: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    spelled[spell(name)] = KEYED_BY_DATA.has(camelCase(name)) ? respellValues(inner, spell) : respell(inner, spell);
  }
  return spelled;
}

/** The field may hold something else elsewhere, such as a list or a count: `rounds: 3`. */
function respellValues(value: unknown, spell: (name: string) => string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return respell(value, spell);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, respell(inner, spell)]));
}
