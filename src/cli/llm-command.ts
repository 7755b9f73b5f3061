import { readFileSync } from 'node:fs';
import { Command, type ParseOptionsResult } from 'commander';

/** A command whose `--llm` takes the SPECs that follow it, and whose `--respond` takes one, and no other word. */
export class LlmCommand extends Command {
  override parseOptions(argv: string[]): ParseOptionsResult {
    return super.parseOptions(separateSpecs(argv, configuredNames(valueOf(argv, '--llm-config'))));
  }
}

/** Whether a word says where answers come from: by its form, or as the name of a generator. */
export const isSpec = (word: string, names: ReadonlySet<string>): boolean =>
  /^(?:openai|gguf|replay):/.test(word) || names.has(word);

/**
 * A command line on which no option takes a word that is meant as data: every SPEC of `--llm A B` has an `--llm` of its
 * own, and a `--respond` without SPEC is closed by `=`.
 *
 * @param names Of the generators in `--llm-config`.
 */
export function separateSpecs(argv: readonly string[], names: ReadonlySet<string>): string[] {
  const end = argv.indexOf('--');
  const words = end < 0 ? argv : argv.slice(0, end);
  let inLlm = false;
  const separated = words.flatMap((word, place) => {
    const before = words[place - 1];
    const isNext = inLlm && before !== '--llm' && isSpec(word, names);
    inLlm = word === '--llm' || before === '--llm' || isNext;
    if (isNext) return ['--llm', word];
    if (word !== '--respond') return [word];
    const next = words[place + 1];
    return next !== undefined && isSpec(next, names) ? [word] : ['--respond='];
  });
  return end < 0 ? separated : [...separated, ...argv.slice(end)];
}

/** The names in a file of generators; none where it can't be read, which whoever asks for a generator will say. */
export function configuredNames(file: string | undefined): ReadonlySet<string> {
  if (file === undefined) return new Set();
  try {
    const config = JSON.parse(readFileSync(file, 'utf8')) as { readonly generators?: object };
    return new Set(Object.keys(config.generators ?? {}));
  } catch {
    return new Set();
  }
}

/** The value that commander will find: that of an option's last place. */
function valueOf(argv: readonly string[], option: string): string | undefined {
  const place = argv.findLastIndex((word) => word === option || word.startsWith(`${option}=`));
  return argv[place] === option ? argv[place + 1] : argv[place]?.slice(option.length + 1);
}
