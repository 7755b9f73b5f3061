import { InvalidArgumentError, Option, type Command } from 'commander';
import type { OptionSpec } from '../base/options.js';
import { nameFlag } from './option-names.js';

type Table = Readonly<Record<string, OptionSpec>>;

/** What may be said of a table's options. */
export type Said<Options> = { readonly [Name in keyof Options]?: SaidValue<Options[Name]> };
type SaidValue<Spec> = Spec extends OptionSpec<infer Value> ? Exclude<Value, undefined> : never;

/** Gives a command the flags of a table's options. */
export function addOptions(command: Command, table: Table): Command {
  for (const [name, spec] of Object.entries(table)) {
    const option = flagOption(spec);
    if (option === null) continue;
    command.addOption(option);
    nameFlag(name, option.long ?? option.flags);
  }
  return command;
}

/**
 * What a command line says of a table's options, by their names in the library. What it leaves out is not there, so that
 * defaults are filled in where they are declared.
 */
export function saidOf<Options extends Table>(command: Command, table: Options): Said<Options> {
  const said: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(table)) {
    const attribute = flagOption(spec)?.attributeName();
    if (attribute === undefined || command.getOptionValueSource(attribute) !== 'cli') continue;
    said[name] = command.getOptionValue(attribute);
  }
  return said as Said<Options>;
}

/** An option as commander has it, or null where it has no flag. Its default is there to be shown. */
function flagOption(spec: OptionSpec): Option | null {
  if (spec.flag === undefined) return null;
  const option = new Option(spec.flag, spec.help);
  if (spec.default !== undefined && spec.default !== false) option.default(spec.default);
  if (spec.bare !== undefined) option.preset(spec.bare);
  if (spec.choices !== undefined) return option.choices(spec.choices);
  if (spec.repeats) {
    return option.argParser((word, before: readonly unknown[] = []) => [...before, valueOf(spec, word)]);
  }
  return option.required ? option.argParser((word) => valueOf(spec, word)) : option;
}

function valueOf({ parse, accepts, expected }: OptionSpec, word: string): unknown {
  const value = parse === undefined ? word : parse(word);
  if (accepts(value)) return value;
  throw new InvalidArgumentError(`It must be ${expected}.`);
}
