import { Option, type Command } from 'commander';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** The options that every command with output of its own has. */
export interface OutputOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly logLevel: (typeof LOG_LEVELS)[number];
}

/** Adds `--json`, `--quiet` and `--log-level`. */
export function withOutputOptions(command: Command): Command {
  return command
    .option('--json', 'print the final summary as one JSON object')
    .option('--quiet', 'no progress and no messages but errors')
    .addOption(
      new Option('--log-level <level>', 'how much to tell; debug also shows stacks')
        .choices(LOG_LEVELS)
        .default('info'),
    );
}
