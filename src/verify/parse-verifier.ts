import { isRecord } from '../base/json.js';
import { constraintId, functionId, type CheckFunction, type Verifier } from './verifier.js';

/** Why a value is no verifier; thrown and caught within this room. */
export class VerifierFault extends Error {}

/**
 * A verifier as a run of AutoIF writes it, `{"constraint", "functions": [{"code", "accuracy"}], "status"}`, with codes
 * alone in place of the objects, or one code as `func`, or as the published files have it, `{"instruction", "eval_func": [[code, accuracy]]}`.
 * Null for one that its run dropped.
 *
 * @throws VerifierFault
 */
export function parseVerifier(value: unknown): Verifier | null {
  if (!isRecord(value)) throw new VerifierFault('it is no object');
  if (value['status'] === 'dropped') return null;
  const isPublished = value['eval_func'] !== undefined;
  const [name, list] = isPublished ? (['instruction', 'eval_func'] as const) : (['constraint', 'functions'] as const);
  const constraint = value[name];
  if (typeof constraint !== 'string' || constraint.trim() === '') {
    throw new VerifierFault(`its \`${name}\` must be a text: the constraint that is checked`);
  }
  const functions = value[list] ?? (value['func'] === undefined ? undefined : [value['func']]);
  if (!Array.isArray(functions)) {
    throw new VerifierFault(
      `its \`${list}\` must be a list of functions: {"constraint": "…", "functions": ["def evaluate(response): …"]}`,
    );
  }
  const parsed = functions.map((one: unknown, place) => parseFunction(one, `${list}[${place}]`));
  return { id: constraintId(constraint), constraint: constraint.trim(), functions: parsed };
}

/** A code, `[code, accuracy]` or `{"code", "accuracy"}`. */
function parseFunction(value: unknown, place: string): CheckFunction {
  const [code, accuracy]: readonly unknown[] = Array.isArray(value)
    ? value
    : isRecord(value)
      ? [value['code'], value['accuracy']]
      : [value];
  if (typeof code !== 'string' || code.trim() === '') {
    throw new VerifierFault(`its \`${place}\` must be Python code, alone, in a list with its accuracy, or as \`code\``);
  }
  return { id: functionId(code), code, accuracy: typeof accuracy === 'number' ? accuracy : null };
}
