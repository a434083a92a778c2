import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { TwinstileError } from '../../../src/base/errors.js';
import { photosByPerson, readPhotoFolder } from '../../../src/records/enrollment/photo-folder.js';

const JPEG = Buffer.from('ffd8ffe000104a464946000101000001', 'hex');

async function folderWith(t: Pick<TestContext, 'after'>, files: readonly string[]): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-photos-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const file of files) {
    const whole = path.join(folder, file);
    await mkdir(path.dirname(whole), { recursive: true });
    if (!file.endsWith('/'))
      await writeFile(whole, /\.(hei[cf]|avif|tif|dng)$/i.test(file) ? 'another kind of picture' : JPEG);
    else await mkdir(whole, { recursive: true });
  }
  return folder;
}

const namesIn = async (folder: string) => {
  const { photos, passedOver } = await readPhotoFolder(folder);
  return {
    photos: photos.map((photo) => path.relative(folder, photo.path)),
    passedOver: Object.fromEntries(passedOver.map(({ name, why }) => [name, why])),
  };
};

test('a folder of people names each folder of which nothing was taken, with why and what to do', async (t) => {
  const folder = await folderWith(t, [
    'ada/1.jpg',
    'avif/IMG_1.AVIF',
    'nested/2024/1.jpg',
    'nested/2025/05/2.jpg',
    'empty/',
    'letters/notes.txt.gpg/',
    'loose.jpg',
    'list.csv',
  ]);
  await writeFile(path.join(folder, 'letters', 'note.txt'), 'no photograph');
  await symlink(path.join(folder, 'ada'), path.join(folder, 'link'));
  await symlink('/nowhere', path.join(folder, 'broken'));
  const other = await folderWith(t, ['x/1.jpg']);
  await symlink(other, path.join(folder, 'elsewhere'));
  await symlink(path.join(folder, 'nested'), path.join(folder, 'nested/2025/round'));
  assert.deepEqual(await namesIn(folder), {
    photos: ['ada/1.jpg', 'elsewhere/x/1.jpg', 'nested/2024/1.jpg', 'nested/2025/05/2.jpg'],
    passedOver: {
      avif: 'IMG_1.AVIF: no kind that can be read. Convert it: heif-convert IN OUT.jpg (Debian: libheif-examples).',
      broken: 'A link that leads nowhere (no such file or folder). Correct or remove it.',
      empty: 'No photograph is in it. Put some in, or remove the folder.',
      letters: 'note.txt: no photograph.',
      link: 'A link to ada, which is looked at already. Remove it.',
      nested: '2025/round: a link to nested, which is looked at already. Remove it.',
      'loose.jpg': 'Not in a subfolder, so that it is nobody’s: put it into a folder named after the person.',
    },
  });
});

test('takes what is a photograph by its bytes, whatever it is called, and skips what programs leave there', async (t) => {
  const folder = await folderWith(t, [
    'bob/1.JPG',
    'bob/2.jfif',
    'bob/3',
    'bob/4.JPG_large',
    'bob/5.jpe',
    'bob/._1.jpg',
    'bob/@eaDir/1.jpg',
    'bob/Thumbs.db',
    '@eaDir/1.jpg',
    '#recycle/1.jpg',
    '.git/1.jpg',
    '__MACOSX/1.jpg',
    'lost+found/1.jpg',
    'Thumbs.db',
  ]);
  const { photos, passedOver } = await namesIn(folder);
  assert.deepEqual(photos, ['bob/1.JPG', 'bob/2.jfif', 'bob/3', 'bob/4.JPG_large', 'bob/5.jpe']);
  assert.deepEqual(passedOver, {});
});

test('says of somebody whose photographs were taken in part what is missing', async (t) => {
  const folder = await folderWith(t, [
    'ada/1.jpg',
    'ada/2.heic',
    'ada/7.heic',
    'ada/3.TIF',
    'ada/4.webp',
    'ada/5.avif',
    'ada/6.dng',
  ]);
  const { passedOver, photos } = await readPhotoFolder(folder);
  assert.equal(photos.length, 4);
  assert.deepEqual(passedOver, [
    {
      name: 'ada',
      isWhole: false,
      why: '3.TIF, 5.avif, 6.dng: no kind that can be read. Save it as JPEG, PNG, BMP, WebP or HEIC.',
      files: ['3.TIF', '5.avif', '6.dng'],
    },
  ]);
});

test('a locked folder leaves one person out, and is an error where all are needed', {
  skip: process.getuid?.() === 0 ? 'root may read everything; test/end-to-end asks as another user' : false,
}, async (t) => {
  const folder = await folderWith(t, ['ada/1.jpg', 'locked/1.jpg']);
  await chmod(path.join(folder, 'locked'), 0o000);
  const { photos, passedOver } = await namesIn(folder);
  assert.deepEqual(photos, ['ada/1.jpg']);
  assert.match(passedOver.locked ?? '', /^It cannot be read \(no permission\)\. Give the user /);
  await assert.rejects(photosByPerson(folder), /a subfolder that cannot be read: locked/);
});

test('says of a folder without any photograph why, folder by folder', async (t) => {
  const folder = await folderWith(t, ['avif/IMG_1.avif', 'empty/']);
  await assert.rejects(
    readPhotoFolder(folder),
    (error) =>
      error instanceof TwinstileError &&
      /avif: IMG_1\.avif.*empty: No photograph is in it/.test(error.message),
  );
  await assert.rejects(readPhotoFolder(path.join(folder, 'no')), /got no such file or folder/);
});

test('a JPEG that is called HEIC is taken for what it is', async (t) => {
  const folder = await folderWith(t, []);
  await mkdir(path.join(folder, 'ada'));
  await writeFile(path.join(folder, 'ada', 'IMG_1.HEIC'), JPEG);
  assert.deepEqual(await namesIn(folder), { photos: ['ada/IMG_1.HEIC'], passedOver: {} });
});

test('folders are looked into eight deep, and one below is named', async (t) => {
  const deep = (depth: number) => `ada/${Array.from({ length: depth }, (_, n) => `d${n}`).join('/')}/1.jpg`;
  const { photos, passedOver } = await namesIn(await folderWith(t, [deep(8), deep(9)]));
  assert.deepEqual(photos, [deep(8)]);
  assert.match(passedOver.ada ?? '', /d8: more than 8 folders deep/);
});
