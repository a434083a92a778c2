import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { TwinstileError } from '../../../src/base/errors.js';
import { modelDigest } from '../../../src/base/ids.js';
import { float32ToText } from '../../../src/biometrics/artifact-file.js';
import { digestWithHead, identityHead } from '../../../src/biometrics/head/head.js';
import {
  headFromText,
  headToText,
  MAX_HEAD_FILE,
  readHead,
  writeHead,
} from '../../../src/biometrics/head/head-file.js';
import { ENCODER, halfTwin, numbers, twin } from './sample.js';

for (const [name, head] of [
  ['an identity', identityHead(ENCODER, 4)],
  ['a twin', twin()],
  ['a half-twin', halfTwin()],
] as const) {
  test(`reads ${name} back to the last bit`, () => {
    const read = headFromText(headToText(head), ENCODER);
    assert.deepEqual(read, head);
    assert.equal(digestWithHead(read), digestWithHead(head));
  });
}

test('the two sides of a twin are one after reading', () => {
  const read = headFromText(headToText(twin()), ENCODER);
  assert.equal(read.live, read.template);
});

interface Broken {
  [key: string]: unknown;
  both: { centre: string; linear: { rows: number; float32: string } };
}

/** Changes the content and makes the sum right again, as somebody would who forges. */
function forged(change: (file: Broken) => void, head = twin()): string {
  const file = JSON.parse(headToText(head));
  change(file);
  const { sha256: _, ...content } = file;
  return JSON.stringify({ ...content, sha256: sumOf(content) });
}
const sumOf = (content: unknown): string =>
  createHash('sha256')
    .update(
      JSON.stringify(content, (_, value) =>
        typeof value !== 'object' || value === null || Array.isArray(value)
          ? value
          : Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))),
      ),
    )
    .digest('hex');

test('a forger who changes nothing is believed: the forgeries below fail for what they change', () => {
  assert.deepEqual(
    headFromText(
      forged(() => {}),
      ENCODER,
    ),
    twin(),
  );
});

const nan = numbers(8, 1);
nan[3] = Number.NaN;
const infinite = numbers(8, 1);
infinite[3] = Number.POSITIVE_INFINITY;
for (const [name, text, message] of [
  ['no JSON', 'GIF89a', /JSON/],
  ['cut off', headToText(twin()).slice(0, 400), /JSON/],
  [
    'another format',
    forged((file: Broken) => {
      file.format = 'twinstile-head/9';
    }),
    /format/,
  ],
  [
    'an unknown key',
    forged((file: Broken) => {
      file.run = 'rm';
    }),
    /run/,
  ],
  [
    'no weights at all',
    forged((file: Broken) => {
      Reflect.deleteProperty(file, 'both');
    }),
    /both sides/,
  ],
  [
    'sides in a twin',
    forged((file: Broken) => {
      file.template = file.both;
      file.live = file.both;
    }),
    /both sides/,
  ],
  [
    'an identity with weights',
    forged((file: Broken) => {
      file.kind = 'identity';
    }),
    /identity/,
  ],
  [
    'NaN among the weights',
    forged((file: Broken) => {
      file.both.linear.float32 = float32ToText(nan);
    }),
    /finite/,
  ],
  [
    'infinity among the weights',
    forged((file: Broken) => {
      file.both.linear.float32 = float32ToText(infinite);
    }),
    /finite/,
  ],
  [
    'a number too few',
    forged((file: Broken) => {
      file.both.linear.float32 = float32ToText(numbers(7, 1));
    }),
    /linear/,
  ],
  [
    'another dimension',
    forged((file: Broken) => {
      file.dimension = 5;
    }),
    /centre|linear/,
  ],
  [
    'a matrix of another shape',
    forged((file: Broken) => {
      file.both.linear.rows = 3;
    }),
    /linear \[2, 4\]/,
  ],
  [
    'a dimension beyond all bounds',
    forged((file: Broken) => {
      file.dimension = 1e9;
    }),
    /dimension/,
  ],
  [
    'no base64',
    forged((file: Broken) => {
      file.both.centre = '!'.repeat(24);
    }),
    /centre/,
  ],
  ['absurd size', ' '.repeat(MAX_HEAD_FILE + 1), /at most/],
] as const) {
  test(`refuses a file with ${name}`, () => {
    assert.throws(() => headFromText(text, ENCODER), refusal(message));
  });
}

test('refuses a weight that changed after the sum was taken', () => {
  const text = headToText(twin()).replace('"rows": 2', '"rows": 3');
  assert.throws(() => headFromText(text, ENCODER), refusal(/sha256/));
});

test('refuses a head of another encoder, and says which', () => {
  const other = modelDigest('f'.repeat(64));
  assert.throws(() => headFromText(headToText(twin()), other), refusal(/ffffffffffff.*eeeeeeeeeeee/));
});

test('does not write a head that learned NaN', () => {
  const head = twin();
  const both = { ...head.live, centre: Float32Array.of(1, Number.NaN, 2, 3) };
  assert.throws(() => headToText({ ...head, live: both, template: both }), refusal(/finite/));
});

let folder = '';
const file = (): string => path.join(folder, 'site.head.json');
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'twinstile-head-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('reads what was written, and leaves nothing else in the folder', async () => {
  await writeHead(file(), halfTwin());
  assert.deepEqual(await readHead(file(), ENCODER), halfTwin());
  assert.deepEqual(readdirSync(folder), ['site.head.json']);
});

test('keeps the head that is there when the new one cannot be written', async () => {
  await writeHead(file(), twin());
  const before = readFileSync(file());
  const broken = { ...twin(), card: { how: 'x'.repeat(3000) } };
  await assert.rejects(writeHead(file(), broken), refusal(/how/));
  assert.deepEqual(readFileSync(file()), before);
  await assert.rejects(writeHead(path.join(folder, 'nowhere', 'x.json'), twin()), refusal(/write/));
});

test('refuses what is not there', () =>
  assert.rejects(readHead(file(), ENCODER), refusal(/none that can be read/)));

test('refuses what is too large before it is read', async () => {
  writeFileSync(file(), '');
  truncateSync(file(), 5_000_000_000);
  await assert.rejects(readHead(file(), ENCODER), refusal(/at most 64000000 bytes/));
});

test('refuses a head that was made for another encoder', async () => {
  await writeHead(file(), twin());
  await assert.rejects(readHead(file(), modelDigest('f'.repeat(64))), refusal(/for the encoder ffff/));
});

const refusal = (message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof TwinstileError);
  assert.equal(error.code, 'head-refused');
  assert.match(error.message, message);
  assert.ok((error.hint ?? '').length > 0);
  return true;
};
