import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { checkPictureFile, writePicture } from '../../../src/cli/gate/command-picture.js';

const JPEG = Buffer.of(0xff, 0xd8, 0xff, 0xe0);
const answer = { result: 'ok', width: 2, jpeg: JPEG.toString('base64') };

async function placeFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-picture-'));
  t.after(() => rm(folder, { recursive: true }));
  return path.join(folder, 'a.jpg');
}

test('a snapshot needs a file, and nothing else takes one', async () => {
  await assert.rejects(checkPictureFile('snapshot', undefined), {
    code: 'bad-arguments',
    hint: 'Add --to FILE.',
  });
  await assert.rejects(checkPictureFile('open', 'a.jpg'), { code: 'bad-arguments', message: /'open'/ });
  await checkPictureFile('open', undefined);
});

test('a file that is there is kept', async (t) => {
  const place = await placeFor(t);
  await checkPictureFile('snapshot', place);
  await writeFile(place, 'mine');
  await assert.rejects(checkPictureFile('snapshot', place), { code: 'bad-arguments' });
  await assert.rejects(writePicture(answer, place), { code: 'bad-arguments' });
  assert.equal(await readFile(place, 'utf8'), 'mine');
});

test('the picture goes into the file and out of what is printed', async (t) => {
  const place = await placeFor(t);
  assert.deepEqual(await writePicture(answer, place), { result: 'ok', width: 2, file: place });
  assert.deepEqual(await readFile(place), JPEG);
});

for (const [what, jpeg] of [
  ['something else than a JPEG', Buffer.from('<svg/>').toString('base64')],
  ['nothing', undefined],
] as const)
  test(`${what} is not written`, async (t) => {
    const place = await placeFor(t);
    const other = jpeg === undefined ? { result: 'ok' } : { result: 'ok', jpeg };
    await assert.rejects(writePicture(other, place), { code: 'picture-unreadable' });
    await assert.rejects(readFile(place), { code: 'ENOENT' });
  });

test('a refusal stays as it is and writes nothing', async (t) => {
  const place = await placeFor(t);
  const refused = { result: 'refused', reason: 'snapshot-off', hint: 'Allow it.' };
  assert.deepEqual(await writePicture(refused, place), refused);
  await assert.rejects(readFile(place), { code: 'ENOENT' });
});
