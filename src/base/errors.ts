/** Every code that an `EvosiftError` can carry. A code is stable; a message may be reworded. */
export type ErrorCode =
  | 'aborted'
  | 'addon_unavailable'
  | 'bad_argument'
  | 'bad_config'
  | 'bad_data'
  | 'bad_weights'
  | 'breaker_open'
  | 'budget_spent'
  | 'closed'
  | 'disk_full'
  | 'engine_failed'
  | 'engine_unavailable'
  | 'generator_unavailable'
  | 'hub_error'
  | 'model_not_found'
  | 'pickle_refused'
  | 'replay_miss'
  | 'run_busy'
  | 'run_mismatch'
  | 'sandbox_unavailable'
  | 'strict'
  | 'unsupported_architecture'
  | 'unsupported_device'
  | 'unsupported_dtype'
  | 'unsupported_platform'
  | 'unsupported_tokenizer';

/**
 * An error that a user can act on: `message` says in one or two lines what is wrong, where, and what to do.
 * Anything else that is thrown is a defect of this program.
 */
export class EvosiftError extends Error {
  override readonly name = 'EvosiftError';
  /** The option that is at fault, by its name in the library; null where none is. */
  readonly option: string | null;

  constructor(
    readonly code: ErrorCode,
    message: string,
    { option, ...options }: ErrorOptions & { readonly option?: string | null } = {},
  ) {
    super(message, options);
    this.option = option ?? null;
  }
}

/** What an error says, whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
