/** The inputs of an encoder of single texts. */
export const INPUTS = ['input_ids', 'attention_mask', 'token_type_ids'] as const;

/** A text's ids as its graph takes them, all in sight and all of the first text. */
export const feedsOf = (ids: Int32Array): Readonly<Record<(typeof INPUTS)[number], Int32Array>> => ({
  input_ids: ids,
  attention_mask: new Int32Array(ids.length).fill(1),
  token_type_ids: new Int32Array(ids.length),
});
