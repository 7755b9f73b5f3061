import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PartFile } from '../../../src/files/part-file.js';

async function written(path: string, text: string): Promise<void> {
  await using file = await PartFile.open(path);
  await file.write(text);
  await file.finish();
}

describe('A file that is written in one go', () => {
  it('never replaces what is no regular file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'part-'));
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const [read] = await Promise.all([readFile(pipe, 'utf8'), written(pipe, 'a\n')]);
    expect(read).toBe('a\n');
    expect(lstatSync(pipe).isFIFO()).toBe(true);
    expect(readdirSync(folder)).toEqual(['pipe']);
  });

  it('keeps a symbolic link, and replaces what it leads to', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'part-'));
    writeFileSync(join(folder, 'file'), 'before\n');
    symlinkSync('file', join(folder, 'link'));
    await written(join(folder, 'link'), 'after\n');
    expect(lstatSync(join(folder, 'link')).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('after\n');
  });

  it('refuses a directory before there is anything to write', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'part-'));
    mkdirSync(join(folder, 'there'));
    await expect(PartFile.open(join(folder, 'there'))).rejects.toMatchObject({
      code: 'bad_argument',
      message: expect.stringContaining('is a directory'),
    });
    expect(readdirSync(folder)).toEqual(['there']);
  });

  it('is whole where two write it at a time', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'part-')), 'file');
    await using one = await PartFile.open(path);
    await using other = await PartFile.open(path);
    await one.write('one\n');
    await other.write('the other\n');
    await one.finish();
    expect(readFileSync(path, 'utf8')).toBe('one\n');
    await other.finish();
    expect(readFileSync(path, 'utf8')).toBe('the other\n');
  });
});
