import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { readAnswersFile } from '../../../src/service/box-setup/read-answers-file.js';

async function answersIn(t: TestContext, text: string) {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-answers-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'answers.yaml');
  await writeFile(file, text);
  return { folder, read: () => readAnswersFile(file) };
}

test('answers are taken as they stand in the file, and paths from its folder', async (t) => {
  const { folder, read } = await answersIn(
    t,
    'site: 0042 # no number\npulse: yes\nname: "0x1F: #1"\ncamera: film.mp4\nca:\nusername: "-"\nphoto: camera\n',
  );
  assert.deepEqual(await read(), {
    site: '0042',
    pulse: 'yes',
    name: '0x1F: #1',
    camera: path.join(folder, 'film.mp4'),
    ca: '-',
    username: '-',
    photo: 'camera',
  });
});

test('everything that is wrong is said at once', async (t) => {
  const { read } = await answersIn(t, 'site: a b\nsize: 3\nbroker: mqtt://u:p@h\n');
  await assert.rejects(read(), (error: Error) => {
    for (const said of [/site: Expected 1 to 64/, /size: Not a question/, /broker: Expected mqtt:\/\/HOST/])
      assert.match(error.message, said);
    assert.doesNotMatch(error.message, /u:p@/);
    return true;
  });
});

test('what is no list of lines is refused in a sentence', async (t) => {
  for (const text of ['- a\n', 'just words', 'site: [a]\n', 'site: {a: b}\n', 'site: "a\n', 'a: *b\n']) {
    const { read } = await answersIn(t, text);
    await assert.rejects(read(), { code: 'bad-arguments' }, text);
  }
  await assert.rejects(readAnswersFile('/nowhere/answers.yaml'), { code: 'bad-arguments' });
  const { read } = await answersIn(t, '');
  assert.deepEqual(await read(), {});
});
