import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { EvosiftError } from '../../../src/base/errors.js';
import { AppendFile } from '../../../src/files/append-file.js';
import { IndexedLog } from '../../../src/files/indexed-log.js';
import { LogIndex, type LogFormat } from '../../../src/files/log-index.js';

interface Entry {
  readonly key: string | null;
  readonly group?: number;
  readonly value: number;
}

const FORMAT: LogFormat<Entry> = {
  parse: (text) => JSON.parse(text) as Entry,
  textOf: (entry) => `${JSON.stringify(entry)}\n`,
  keyOf: ({ key }) => key,
  groupOf: null,
  keeps: 'last',
  damaged: (path, line) => new EvosiftError('bad_data', `${path} line ${line}`),
};

const keyOf = (number: number): string => number.toString(16).padStart(16, '0');
const entry = (number: number): Entry => ({ key: keyOf(number), value: number });
const newPath = async (): Promise<string> => join(await mkdtemp(join(tmpdir(), 'evosift-log-')), 'log.jsonl');

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('a log', () => {
  it('writes a full group at once and another after its patience, each with one write', async () => {
    const writes: number[] = [];
    const append = AppendFile.prototype.append;
    vi.spyOn(AppendFile.prototype, 'append').mockImplementation(async function (this: AppendFile, text) {
      writes.push(text.split('\n').length - 1);
      await append.call(this, text);
    });
    const path = await newPath();
    await using log = await IndexedLog.open(path, FORMAT);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await Promise.all(Array.from({ length: 66 }, (_, number) => log.append(entry(number))));
    expect(writes, 'who came during the write has waited long enough').toEqual([64, 2]);
    const alone = [66, 67].map((number) => log.append(entry(number)));
    vi.advanceTimersByTime(9);
    expect(writes).toHaveLength(2);
    vi.advanceTimersByTime(1);
    await Promise.all(alone);
    expect(writes).toEqual([64, 2, 2]);
    expect(await readFile(path, 'utf8')).toBe(
      Array.from({ length: 68 }, (_, number) => FORMAT.textOf(entry(number))).join(''),
    );
    for (let number = 0; number < 68; number++) expect(await log.find(keyOf(number))).toEqual([entry(number)]);
  });

  it('says that the disk is full, and takes nothing afterwards', async () => {
    const open = AppendFile.open.bind(AppendFile);
    vi.spyOn(AppendFile, 'open').mockImplementation(() => open('/dev/full', 0));
    const log = await IndexedLog.open(await newPath(), FORMAT);
    const appended = await Promise.allSettled([log.append(entry(1)), log.append(entry(2))]);
    for (const one of appended) expect(one).toMatchObject({ status: 'rejected', reason: { code: 'disk_full' } });
    await expect(log.append(entry(3))).rejects.toMatchObject({ code: 'disk_full' });
    await expect(log.flush()).rejects.toMatchObject({ code: 'disk_full' });
    await log.close();
  });

  it('finds an entry that is still to be written', async () => {
    await using log = await IndexedLog.open(await newPath(), FORMAT);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const written = log.append(entry(1));
    expect(await log.find(keyOf(1))).toEqual([entry(1)]);
    await log.flush();
    await written;
    expect(await log.find(keyOf(1))).toEqual([entry(1)]);
    expect(await log.find(keyOf(2))).toBeNull();
  });

  it('tells keys apart that agree in the part that it goes by', async () => {
    const [one, other] = [`${keyOf(7)}aa`, `${keyOf(7)}bb`];
    await using log = await IndexedLog.open(await newPath(), FORMAT);
    await log.append({ key: one, value: 1 });
    expect(await log.find(one)).toEqual([{ key: one, value: 1 }]);
    expect(await log.find(other)).toBeNull();
  });
});

describe('an index', () => {
  const write = async (entries: readonly Entry[]): Promise<string> => {
    const path = await newPath();
    await using log = await IndexedLog.open(path, { ...FORMAT, keyOf: () => null });
    for (const one of entries) await log.append(one);
    return path;
  };
  const grouped: LogFormat<Entry> = { ...FORMAT, groupOf: ({ group }) => group };

  it('finds the entries of a group together, unless one of them is not to be found', async () => {
    const [a, b, c] = [keyOf(1), keyOf(2), keyOf(3)];
    const path = await write([
      { key: a, group: 0, value: 1 },
      { key: a, group: 0, value: 2 },
      { key: b, group: 1, value: 3 },
      { key: null, group: 1, value: 4 },
      { key: c, group: 2, value: 5 },
    ]);
    await using index = await LogIndex.read(path, grouped);
    expect((await index.find(a))?.map(({ value }) => value)).toEqual([1, 2]);
    expect(await index.find(b)).toBeNull();
    expect((await index.find(c))?.map(({ value }) => value)).toEqual([5]);
  });

  it('goes by the first or the last of several of one key', async () => {
    const path = await write([
      { key: keyOf(1), value: 1 },
      { key: keyOf(1), value: 2 },
    ]);
    for (const [keeps, value] of [
      ['first', 1],
      ['last', 2],
    ] as const) {
      await using index = await LogIndex.read(path, { ...FORMAT, keeps });
      expect(await index.find(keyOf(1))).toEqual([{ key: keyOf(1), value }]);
    }
  });
});
