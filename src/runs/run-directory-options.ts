import { text, toggle, type OptionTable } from '../base/options.js';

/** Where a run goes. */
export interface RunDirectoryOptions {
  /** The run directory; default one under `runs/`, named by what the run is about and a hash of its options. */
  readonly out?: string;
  /** Start over in a directory that holds a run. */
  readonly force?: boolean;
}

export const RUN_DIRECTORY_OPTIONS = {
  out: text({
    flag: '-o, --out <dir>',
    help: 'the run directory (default: under runs/, named by what it is about)',
  }),
  force: toggle({ flag: '--force', help: 'start over in a directory that holds a run', default: false }),
} as const satisfies OptionTable<RunDirectoryOptions>;
