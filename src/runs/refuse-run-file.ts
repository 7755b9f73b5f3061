import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { EvosiftError } from '../base/errors.js';
import { realPathOf } from '../files/real-path.js';
import { AUTOIF_RUN, EVOLUTION_RUN, JUDGE_RUN } from './generation-run.js';
import { RUN_FILES } from './read-run.js';

/** What runs of any kind keep their own things in. */
const NAMES = new Set<string>([
  ...Object.values(RUN_FILES),
  ...[EVOLUTION_RUN, AUTOIF_RUN, JUDGE_RUN].flatMap(({ files }) => Object.values<string>(files)),
  'rewards.jsonl',
]);

/**
 * @param call The call's name, which begins the message.
 * @param option What names the file that is to be written.
 * @param own The call's run directory, which need not be there yet, where it has one; its `verdicts.jsonl` may be
 *   written.
 * @throws EvosiftError `bad_argument` where the file is one of those that a run is made of.
 */
export function refuseRunFile(call: string, option: string, path: string, own: string | null): void {
  const real = realPathOf(path);
  const [folder, name] = [dirname(real), basename(real)];
  const isOwn = own !== null && realPathOf(own) === folder;
  if (!NAMES.has(name) || !(isOwn || existsSync(join(folder, RUN_FILES.manifest)))) return;
  if (isOwn && name === JUDGE_RUN.files.verdicts) return;
  const text = `${call}: \`${option}\` is ${path}, which is a file of the run in ${dirname(path)}; name another one`;
  throw new EvosiftError('bad_argument', text, { option });
}
