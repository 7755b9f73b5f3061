/** Models whose positions begin after that of the padding token. */
const OFFSET_POSITIONS: readonly unknown[] = [
  'camembert',
  'data2vec-text',
  'longformer',
  'mpnet',
  'roberta',
  'roberta-prelayernorm',
  'xlm-roberta',
  'xlm-roberta-xl',
  'xmod',
];

/** The most tokens that positions are learnt for, special tokens among them; null where config.json tells none. */
export function learntPositions(config: Readonly<Record<string, unknown>>): number | null {
  const positions = config.max_position_embeddings;
  if (typeof positions !== 'number' || !(positions > 0)) return null;
  if (!OFFSET_POSITIONS.includes(config.model_type)) return positions;
  return positions - (typeof config.pad_token_id === 'number' ? config.pad_token_id : 1) - 1;
}
