import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadNativeEngine } from '../../src/engine/native/native-engine.js';
import { fixture } from '../support/fixtures.js';

const FIXTURES = join(import.meta.dirname, '../fixtures');
const ODD = join(FIXTURES, 'odd');

interface Golden {
  readonly ids: number[];
  readonly nll: number[];
}

/** The largest |difference| to a model directory's goldens, in nats; NaN where a loss is. */
async function worstDifference(directory: string, goldens = directory): Promise<number> {
  const lines = readFileSync(join(goldens, 'goldens.jsonl'), 'utf8').trim().split('\n');
  const rows = lines.map((line) => JSON.parse(line) as Golden);
  await using engine = await loadNativeEngine(directory, { dtype: 'f32', threads: 1 });
  const starts = [0];
  for (const { ids } of rows) starts.push(starts[starts.length - 1]! + ids.length);
  const { nll } = await engine.run({
    tokens: Int32Array.from(rows.flatMap(({ ids }) => ids)),
    starts: Int32Array.from(starts),
    spans: Int32Array.from(rows.flatMap((_, i) => [starts[i]! + 1, starts[i + 1]!])),
  });
  const expected = rows.flatMap((row) => row.nll);
  expect(nll.length).toBe(expected.length);
  return Math.max(...expected.map((value, i) => Math.abs(value - nll[i]!)));
}

// Vocabulary 401, hidden 60, 6 heads over 3, windows, both config styles, f32, f16 and bf16, shards, no prefix: see
// make_odd_models.py. Up to 433 tokens.
describe('models of odd sizes', () => {
  it.each(readdirSync(ODD))("%s has transformers' losses", async (name) => {
    expect(await worstDifference(join(ODD, name))).toBeLessThan(1e-4);
  });

  it('cover every way that weights are stored', () => {
    const types = readdirSync(ODD).flatMap((name) =>
      readdirSync(join(ODD, name))
        .filter((file) => file.endsWith('.safetensors'))
        .map((file) => tensorsOf(join(ODD, name, file)).map(({ dtype }) => dtype)),
    );
    expect(new Set(types.flat())).toEqual(new Set(['F32', 'F16', 'BF16', 'BOOL']));
  });
});

interface Tensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Buffer;
}

function tensorsOf(path: string): Tensor[] {
  const file = readFileSync(path);
  const length = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString('utf8', 8, 8 + length)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  return Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [begin, end],
        },
      ]) => {
        return { name, dtype, shape, bytes: file.subarray(8 + length + begin, 8 + length + end) };
      },
    );
}

/** `spaces` after the header move the data to any alignment. */
function writeTensors(path: string, tensors: readonly Tensor[], spaces = 0): void {
  let end = 0;
  const entries = tensors.map(({ name, dtype, shape, bytes }) => {
    const begin = end;
    end += bytes.length;
    return [name, { dtype, shape, data_offsets: [begin, end] }];
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)) + ' '.repeat(spaces));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  writeFileSync(path, Buffer.concat([length, header, ...tensors.map(({ bytes }) => bytes)]));
}

describe('the same model, stored otherwise', () => {
  const tiny = fixture('goldens', 'tiny');
  const names = readdirSync(tiny);
  const minimal = JSON.parse(readFileSync(join(FIXTURES, 'minimal-configs.json'), 'utf8')) as Record<string, object>;
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'evosift-stored-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** A folder with the model's config and what `write` makes of its tensors; gives its losses' worst difference. */
  async function variant(name: string, write: (to: string, tensors: Tensor[]) => void): Promise<number> {
    const to = mkdtempSync(join(folder, 'model-'));
    cpSync(join(tiny, name, 'config.json'), join(to, 'config.json'));
    const tensors = tensorsOf(join(tiny, name, 'model.safetensors'));
    write(to, tensors);
    return worstDifference(to, join(tiny, name));
  }

  // gemma's losses are 20 to 60 nats; transformers' own f32 run is up to 2.1e-4 off.
  const tolerance = (name: string): number => (name.startsWith('gemma') ? 5e-4 : 1e-4);

  it.each(names)('%s without the config keys that hold defaults', async (name) => {
    const worst = await variant(name, (to, tensors) => {
      writeFileSync(join(to, 'config.json'), JSON.stringify(minimal[name]));
      writeTensors(join(to, 'model.safetensors'), tensors);
    });
    expect(worst).toBeLessThan(tolerance(name));
  });

  it.each(names)('%s in two shards, at an odd address', async (name) => {
    const worst = await variant(name, (to, tensors) => {
      const half = Math.ceil(tensors.length / 2);
      const shards = { 'a.safetensors': tensors.slice(0, half), 'b.safetensors': tensors.slice(half) };
      const map = Object.entries(shards).flatMap(([file, part]) => part.map((tensor) => [tensor.name, file]));
      writeFileSync(
        join(to, 'model.safetensors.index.json'),
        JSON.stringify({ weight_map: Object.fromEntries(map) as object }),
      );
      for (const [file, part] of Object.entries(shards)) {
        writeTensors(join(to, file), part);
        const { length } = readFileSync(join(to, file));
        const data = part.reduce((sum, { bytes }) => sum + bytes.length, 0);
        writeTensors(join(to, file), part, (length - data) % 2 === 0 ? 1 : 0);
      }
    });
    expect(worst).toBeLessThan(tolerance(name));
  });

  it.each(names)('%s without the prefix, with the buffers of old checkpoints', async (name) => {
    const worst = await variant(name, (to, tensors) => {
      const bare = tensors.map((tensor) => {
        return { ...tensor, name: tensor.name.replace(/^(transformer|model|gpt_neox)\./, '') };
      });
      const buffer = (path: string, dtype: string, bytes: number): Tensor => {
        return { name: path, dtype, shape: [bytes / (dtype === 'F32' ? 4 : 1)], bytes: Buffer.alloc(bytes) };
      };
      writeTensors(join(to, 'model.safetensors'), [
        buffer('h.0.attn.bias', 'U8', 7),
        buffer('h.0.attn.masked_bias', 'F32', 4),
        buffer('layers.0.attention.bias', 'BOOL', 9),
        buffer('layers.0.attention.rotary_emb.inv_freq', 'F32', 8),
        buffer('rotary_emb.inv_freq', 'F32', 8),
        ...bare,
      ]);
    });
    expect(worst).toBeLessThan(tolerance(name));
  });

  it('a damaged, missing or pickled file is refused by name', async () => {
    const refused = (directory: string) => loadNativeEngine(directory, { dtype: 'f32', threads: 1 });
    const to = join(folder, 'damaged');
    mkdirSync(to);
    cpSync(join(tiny, 'llama', 'config.json'), join(to, 'config.json'));
    await expect(refused(to)).rejects.toMatchObject({ code: 'model_not_found' });
    writeFileSync(join(to, 'pytorch_model.bin'), 'PK');
    await expect(refused(to)).rejects.toMatchObject({ code: 'pickle_refused' });
    const whole = readFileSync(join(tiny, 'llama', 'model.safetensors'));
    writeFileSync(join(to, 'model.safetensors'), whole.subarray(0, whole.length - 1));
    await expect(refused(to)).rejects.toMatchObject({
      code: 'bad_weights',
      message: expect.stringMatching(/model\.safetensors: tensor "[\w.]+" ends at byte \d+ of the data/) as string,
    });
    cpSync(join(tiny, 'mistral-swa', 'model.safetensors'), join(to, 'model.safetensors'), { force: true });
    await expect(refused(to)).rejects.toMatchObject({
      code: 'bad_weights',
      message: expect.stringContaining('has shape') as string,
    });
  });
});
