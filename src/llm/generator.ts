import type { ChatRequest, Completion, Sampling } from './chat.js';

/** What an OpenAI-compatible endpoint is reached with; may travel between threads, and so holds no key. */
export interface OpenAiEndpoint {
  readonly kind: 'openai';
  readonly model: string;
  /** With the version: `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  /** The environment variable that holds the key; null where none is sent. */
  readonly keyEnv: string | null;
  /** Added to every request's body. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Added to every request; `${NAME}` in a value stands for that environment variable. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A model file that runs in this process. */
export interface GgufModel {
  readonly kind: 'gguf';
  readonly path: string;
}

/** The answers of an earlier run's `journal.jsonl`. */
export interface ReplayedJournal {
  readonly kind: 'replay';
  readonly path: string;
}

/** A generator as it was asked for: where answers come from and how they are drawn. */
export interface GeneratorPlan {
  /** How files and tables call it: the name in the configuration, or the SPEC without base URL and key. */
  readonly name: string;
  readonly source: OpenAiEndpoint | GgufModel | ReplayedJournal;
  /** Put before the messages that have no system message of their own. */
  readonly systemPrompt: string | null;
  /** By operation, `default` for all others; these win over the command's options. */
  readonly sampling: Readonly<Record<string, Partial<Sampling>>>;
}

/** One attempt at a time is what a generator knows; limits, second attempts and the journal are the fleet's. */
export interface Generator extends AsyncDisposable {
  /**
   * @param signal Aborting ends the request and rejects with the signal's reason.
   * @throws RequestError
   */
  generate(request: ChatRequest, signal?: AbortSignal): Promise<Completion>;
  /** Rejects what is in flight; idempotent. */
  close(): Promise<void>;
}
