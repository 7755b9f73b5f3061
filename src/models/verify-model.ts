import { open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { messageOf } from '../base/errors.js';
import { readExternalFiles } from './onnx-external-files.js';
import { throwIfAborted } from '../async/abort.js';
import { feedFile, startHash, type ContentId } from '../hub/content-id.js';
import { hashFile } from './hash-model.js';
import type { ModelFile, ResolvedModel } from './resolved-model.js';

/** What verifying one file of a model found. */
export interface FileVerdict {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  /** Of the file as it is now, read anew. */
  readonly sha256: string;
  /** `intact`: the content that the hub named. `sound`: whole in itself, with nothing to compare it to. */
  readonly verdict: 'intact' | 'sound' | 'damaged';
  /** What is wrong; empty unless damaged. */
  readonly detail: string;
}

/**
 * Reads every file of a model again: a hub's files are held to the hashes that the hub gave them (huggingface_hub
 * names blobs by these), and weights and JSON must be whole in themselves.
 *
 * @throws EvosiftError `aborted`.
 */
export async function* verifyModel(
  model: ResolvedModel,
  signal?: AbortSignal,
): AsyncGenerator<FileVerdict, void, undefined> {
  for (const file of model.files) {
    throwIfAborted(signal);
    const sha256 = await hashFile(file.path, { anew: true });
    const wanted = model.kind === 'hub' ? blobNameOf(file) : null;
    const damage = (wanted === null ? '' : await differs(file, wanted, sha256)) || (await brokenForm(file));
    const verdict = damage !== '' ? 'damaged' : wanted === null ? 'sound' : 'intact';
    yield { name: file.name, path: file.path, bytes: file.bytes, sha256, verdict, detail: damage };
  }
}

/** The content that a blob of the cache is named for; null for a file that is none (a copy, another program's layout). */
function blobNameOf({ path }: ModelFile): ContentId | null {
  const hex = basename(path);
  if (basename(dirname(path)) !== 'blobs') return null;
  if (/^[0-9a-f]{64}$/.test(hex)) return { algorithm: 'sha256', hex };
  return /^[0-9a-f]{40}$/.test(hex) ? { algorithm: 'git-sha1', hex } : null;
}

async function differs(file: ModelFile, wanted: ContentId, sha256: string): Promise<string> {
  let hex = sha256;
  if (wanted.algorithm === 'git-sha1') {
    const hash = startHash(wanted.algorithm, file.bytes);
    await feedFile(hash, file.path);
    hex = hash.digest('hex');
  }
  return hex === wanted.hex ? '' : 'its content is not what the hub gave';
}

async function brokenForm({ name, path, bytes }: ModelFile): Promise<string> {
  if (name.endsWith('.safetensors')) return brokenSafetensors(path, bytes);
  try {
    if (name.endsWith('.json')) JSON.parse(await readText(path));
    if (name.endsWith('.onnx')) readExternalFiles(path);
    return '';
  } catch (error) {
    return messageOf(error);
  }
}

async function readText(path: string): Promise<string> {
  await using handle = await open(path);
  return handle.readFile('utf8');
}

/** Whether the header can be read and its tensors fill the file to its end. */
async function brokenSafetensors(path: string, bytes: number): Promise<string> {
  await using handle = await open(path);
  const length = Buffer.alloc(8);
  await handle.read(length, 0, 8, 0);
  const headerBytes = Number(length.readBigUInt64LE());
  if (bytes < 8 || headerBytes > bytes - 8) return `its header would end beyond the file (${bytes} bytes)`;
  const text = Buffer.alloc(headerBytes);
  await handle.read(text, 0, headerBytes, 8);
  let header: unknown;
  try {
    header = JSON.parse(text.toString('utf8'));
  } catch {
    return 'its header is not JSON';
  }
  let end = 0;
  for (const [tensor, entry] of Object.entries(header ?? {})) {
    if (tensor === '__metadata__') continue;
    const to: unknown = entry?.data_offsets?.[1];
    if (typeof to !== 'number') return `its tensor ${tensor} has no data_offsets`;
    end = Math.max(end, to);
  }
  const want = 8 + headerBytes + end;
  return want === bytes ? '' : `it has ${bytes} bytes where its header says ${want}`;
}
