import * as tables from '../options.js';

/** What the command line calls an option that has no flag of its own in the tables. */
const CALLED: Readonly<Record<string, string>> = {
  data: 'DATA',
  run: 'RUN',
  model: '-m',
  specs: '--llm',
  configFile: '--llm-config',
  generator: '--llm',
  generators: '--llm',
  respond: '--respond',
  optimiser: '--optimiser',
  scorer: '--score',
  preview: '--show',
};

const NAMES: ReadonlyMap<string, string> = new Map([
  ...Object.values(tables).flatMap((table) =>
    Object.entries<tables.OptionSpec>(table).flatMap(([name, { flag }]) => {
      const long = flag === undefined ? undefined : /--[\w-]+/.exec(flag)?.[0];
      return long === undefined ? [] : [[name, long] as const];
    }),
  ),
  ...Object.entries(CALLED),
]);

/**
 * A message of the library, which names options as a program writes them, `` `maxLength` `` or `` `engine: onnx` ``, with
 * the words of the command line in their place: `--max-length`, `--engine onnx`. What is no option stays.
 */
export const inFlags = (message: string): string =>
  message.replaceAll(/`(\w+)(?:: ([^`]+))?`/g, (found, name: string, value?: string) => {
    const called = NAMES.get(name);
    if (called === undefined) return found;
    return value === undefined ? called : `${called} ${value}`;
  });
