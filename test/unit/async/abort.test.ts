import { expect, it, vi } from 'vitest';
import { LinkedAbort } from '../../../src/async/abort.js';

it('many may follow one signal without a word of warning', () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const { signal } = new AbortController();
  const links = Array.from({ length: 20 }, () => new LinkedAbort(signal));
  for (const link of links) link[Symbol.dispose]();
  expect(warn).not.toHaveBeenCalled();
  warn.mockRestore();
});
