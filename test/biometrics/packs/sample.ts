/** Small ONNX files written by hand, cards for them, and folders that vanish after the test. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { type ModelCard, type ModelFile, modelCard } from '../../../src/biometrics/model-card.js';
import type { Catalog } from '../../../src/biometrics/packs/pack-catalog.js';

/** One protobuf field: number, then an integer or bytes. */
export function field(number: number, value: number | Uint8Array): Buffer {
  return typeof value === 'number'
    ? Buffer.concat([varint(number * 8), varint(value)])
    : Buffer.concat([varint(number * 8 + 2), varint(value.length), value]);
}

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

/** A model with one initializer: dims [2], float data. `more` goes into the TensorProto. */
export const onnxWith = (...more: Buffer[]): Buffer => onnxOf(field(5, tensor(...more)));
export const onnxOf = (...graph: Buffer[]): Buffer =>
  Buffer.concat([field(1, 8), field(2, Buffer.from('test')), field(7, Buffer.concat(graph))]);
export const tensor = (...more: Buffer[]): Buffer =>
  Buffer.concat([field(1, 2), field(2, 1), field(8, Buffer.from('w')), field(9, Buffer.alloc(8)), ...more]);

/** The entry location=weights.bin of TensorProto.external_data. */
export const externalData = field(
  13,
  Buffer.concat([field(1, Buffer.from('location')), field(2, Buffer.from('weights.bin'))]),
);

export function declared(file: string, bytes: Uint8Array, more: Partial<ModelFile> = {}): ModelFile {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { file, bytes: bytes.length, sha256, licence: 'MIT', source: 'this test', ...more };
}

export const files = {
  'detector.onnx': onnxWith(field(4, Buffer.alloc(8, 1))),
  'encoder.onnx': onnxWith(field(4, Buffer.alloc(8, 2))),
} as const;

export type Files = Readonly<Record<keyof typeof files, Uint8Array>>;

export function cardFor(name: string, of: Files = files, more: Partial<ModelFile> = {}): ModelCard {
  return modelCard.parse({
    name,
    summary: `The pack ${name}.`,
    detector: { kind: 'yunet', model: declared('detector.onnx', of['detector.onnx'], more) },
    encoder: {
      model: declared('encoder.onnx', of['encoder.onnx'], more),
      width: 112,
      height: 112,
      order: 'rgb',
      mean: [0, 0, 0],
      scale: [1, 1, 1],
      points: [
        [38, 52],
        [74, 52],
        [56, 72],
        [42, 92],
        [71, 92],
      ],
      dimension: 128,
      normalise: true,
      batch: 'one',
      metric: 'euclidean',
    },
  });
}

export const bytesIn =
  (of: Readonly<Record<string, Uint8Array>>) =>
  ({ file }: ModelFile): Uint8Array[] => [of[file] ?? Buffer.alloc(0)];

export const catalogOf = (...cards: ModelCard[]): Catalog =>
  new Map(cards.map((card) => [card.name, { card, obtain: card.name === 'builtin' ? 'build' : 'pull' }]));

export async function folderFor(test: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-packs-'));
  test.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Everything below the folder, sorted: "mobile/card.json", ".new-…/…". */
export async function treeOf(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).sort();
}

/** The same length and structure, another content. */
export const changedIn = (bytes: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, -1), Buffer.from([99])]);
