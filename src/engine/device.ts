import { EvosiftError } from '../base/errors.js';

/** What `--device` names: `cuda:0,1` is a replica on each of the devices. */
export type DeviceChoice =
  { readonly kind: 'auto' } | { readonly kind: 'cpu' } | { readonly kind: 'cuda'; readonly indexes: readonly number[] };

/**
 * Reads `auto`, `cpu`, `cuda` (the first device) or `cuda:i[,j…]`.
 *
 * @throws EvosiftError `bad_argument` for anything else, and for a device that is named twice.
 */
export function parseDevice(device: string): DeviceChoice {
  if (device === 'auto' || device === 'cpu') return { kind: device };
  if (device === 'cuda') return { kind: 'cuda', indexes: [0] };
  const list = /^cuda:(\d{1,3}(?:,\d{1,3})*)$/.exec(device)?.[1];
  if (list === undefined) {
    throw new EvosiftError(
      'bad_argument',
      `device is ${JSON.stringify(device)}; it must be auto, cpu or cuda[:i[,j…]].`,
    );
  }
  const indexes = list.split(',').map(Number);
  if (new Set(indexes).size < indexes.length) {
    throw new EvosiftError('bad_argument', `device is ${JSON.stringify(device)}, which names a device twice.`);
  }
  return { kind: 'cuda', indexes };
}
