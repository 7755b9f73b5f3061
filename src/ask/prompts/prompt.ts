import type { Sampling } from '../../llm/chat.js';

/** A prompt, declared by who asks it; its words are those of the pack. */
export interface Prompt {
  /** As `pack.json` calls it. */
  readonly name: string;
  /** What its templates may read. */
  readonly variables: readonly string[];
  /** How the published code draws the answers. */
  readonly published: Partial<Sampling>;
}
