import type { Sandbox } from '../sandbox/verdict.js';
import type { Verifier } from './verifier.js';

/** Whether an error is of the code itself, not of what it was asked. */
export const isOfDefinition = (detail: string): boolean =>
  /^(?:SyntaxError|IndentationError|TabError)\b|^NameError: no function `evaluate`/.test(detail);

/**
 * Functions that can't check anything: their code does not parse, defines no `evaluate`, or wants a module that is not
 * there.
 *
 * @returns What is wrong, by their ids.
 * @throws EvosiftError as `Sandbox.run`.
 */
export async function brokenFunctions(
  sandbox: Sandbox,
  verifiers: readonly Verifier[],
): Promise<ReadonlyMap<string, string>> {
  const codes = new Map(verifiers.flatMap(({ functions }) => functions.map(({ id, code }) => [id, code] as const)));
  const tried = Array.from(codes, async ([id, code]) => {
    const [said] = await sandbox.run({ code, inputs: [''] });
    const { verdict, detail } = said ?? { verdict: 'killed', detail: null };
    if (verdict === 'missing_module') return [id, `there is no module ${detail}`] as const;
    return verdict === 'error' && detail !== null && isOfDefinition(detail) ? ([id, detail] as const) : null;
  });
  return new Map((await Promise.all(tried)).filter((one) => one !== null));
}
