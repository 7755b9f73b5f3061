/** What the command line calls the library's options; a command adds the flags that it has. */
const NAMES = new Map([
  ['data', 'DATA'],
  ['run', 'RUN'],
  ['model', '-m'],
  ['engine', '--engine'],
  ['revision', '--revision'],
  ['specs', '--llm'],
  ['configFile', '--llm-config'],
  ['respond', '--respond'],
  ['optimiser', '--optimiser'],
  ['queries', '--queries'],
  ['responder', '--responder'],
  ['judge', '--judge'],
  ['scorer', '--score'],
  ['preview', '--show'],
  ['timeout', '--timeout'],
  ['rpm', '--rpm'],
  ['concurrency', '--concurrency'],
]);

/** What commands that ask generators call them, where they have no flag of that name. */
const ASKED = new Map([
  ['generator', '--llm'],
  ['generators', '--llm'],
]);

/** Says what flag an option of the command at hand has. */
export function nameFlag(option: string, flag: string): void {
  if (!NAMES.has(option)) NAMES.set(option, flag);
}

/**
 * A message of the library, which names options as a program writes them, `` `maxLength` `` or `` `engine: onnx` ``, with
 * the words of the command line in their place: `--max-length`, `--engine onnx`. What is no option of the command stays.
 */
export const inFlags = (message: string): string =>
  message.replaceAll(/`(\w+)(?:: ([^`]+))?`/g, (found, name: string, value?: string) => {
    const called = NAMES.get(name) ?? ASKED.get(name);
    if (called === undefined) return found;
    return value === undefined ? called : `${called} ${value}`;
  });
