import { describe, expect, it } from 'vitest';
import { parseDevice } from '../../../src/engine/device.js';

describe('a device', () => {
  it.each([
    ['auto', { kind: 'auto' }],
    ['cpu', { kind: 'cpu' }],
    ['cuda', { kind: 'cuda', indexes: [0] }],
    ['cuda:3', { kind: 'cuda', indexes: [3] }],
    ['cuda:1,0', { kind: 'cuda', indexes: [1, 0] }],
  ])('%s is read', (device, choice) => {
    expect(parseDevice(device)).toEqual(choice);
  });

  it.each(['', 'gpu', 'CPU', 'cuda:', 'cuda:a', 'cuda:-1', 'cuda:0,', 'cuda:0, 1', 'cuda 0', 'cuda:12345'])(
    '%j is refused with what is allowed',
    (device) => {
      expect(() => parseDevice(device)).toThrow(
        expect.objectContaining({
          code: 'bad_argument',
          message: `device is ${JSON.stringify(device)}; it must be auto, cpu or cuda[:i[,j…]].`,
        }),
      );
    },
  );

  it('is not named twice', () => {
    expect(() => parseDevice('cuda:0,1,0')).toThrow('names a device twice');
  });
});
