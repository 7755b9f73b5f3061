import type { RenderedChat } from '../../text/chat-template.js';
import type { EncodingWithOffsets, SpecialTokens, Tokenizer } from '../../text/tokenizer.js';

/** The ids of a rendered conversation; with special tokens as text, its parts are tokenised apart from the template. */
export async function encodeChat(
  { text, parts }: RenderedChat,
  tokenizer: Tokenizer,
  specialTokens: SpecialTokens,
): Promise<EncodingWithOffsets> {
  const whole = { addSpecialTokens: false };
  if (specialTokens === 'control') return tokenizer.encodeWithOffsets(text, whole);
  const characters = Array.from(text);
  const places = parts
    .flatMap(({ reasoning, text: own, calls }) => [reasoning, own, calls].filter((place) => place !== null))
    .sort(([a], [b]) => a - b);
  const textOf = (from: number, to: number): string => characters.slice(from, to).join('');
  if (!places.some((place) => tokenizer.holdsSpecialTokens(textOf(...place)))) {
    return tokenizer.encodeWithOffsets(text, whole);
  }
  const ends = [...places.flat(), characters.length];
  const pieces = await Promise.all(
    ends.map(async (to, i) => {
      const from = ends[i - 1] ?? 0;
      const kind = i % 2 === 1 ? specialTokens : 'control';
      return { from, ...(await tokenizer.encodeWithOffsets(textOf(from, to), { ...whole, specialTokens: kind })) };
    }),
  );
  return {
    ids: Int32Array.from(pieces.flatMap(({ ids }) => [...ids])),
    offsets: Int32Array.from(pieces.flatMap(({ from, offsets }) => Array.from(offsets, (offset) => from + offset))),
  };
}
