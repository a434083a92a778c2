import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { backupsIn, checkIntegrity } from '../../../src/records/sql/sqlite/sqlite-backup.js';
import { NOW, officeFor } from '../office.js';

const mayMount = spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs tmpfs /mnt']).status === 0;
const mounts = { skip: mayMount ? false : 'needs a user namespace that may mount' };
const isRoot = process.getuid?.() === 0;
const PROGRAM = `"${process.execPath}" --import tsx src/main.ts`;

/** A database of a megabyte, and a folder that is to hold its backups. */
async function withBackupsIn(t: TestContext, name: string) {
  const office = await officeFor(t);
  const disk = path.join(office.folder, 'disk');
  await mkdir(disk);
  const config = await readFile(office.config, 'utf8');
  await writeFile(office.config, `${config}backup: { folder: "${path.join(disk, name)}", keep: 3 }\n`);
  await office.inside(async ({ journal }) => {
    const body = { text: 'x'.repeat(10_000) };
    for (let n = 0; n < 100; n += 1)
      await journal.append({ kind: 'passage', subject: `${n}`, at: NOW, body });
  });
  /** In a mount namespace of its own. */
  const during = (script: string) =>
    spawnSync('unshare', ['-rm', 'sh', '-c', script], {
      encoding: 'utf8',
      env: { ...process.env, DISK: disk, CONFIG: office.config },
    });
  return { disk, config: office.config, during };
}

const said = (text: string, what: string, hint: RegExp, disk: string) => {
  assert.ok(text.startsWith(`twinstile: Expected a folder for backups at ${disk}`), text);
  assert.match(text, new RegExp(`, got ${what}\\.`));
  assert.match(text, hint);
  assert.doesNotMatch(text, /^ +at |node:internal|Error:/m);
};

for (const name of ['', 'new'])
  test(
    `backup now on a read-only disk says so without a stack trace${name === '' ? '' : ', also where the folder is new'}`,
    mounts,
    async (t) => {
      const { disk, during } = await withBackupsIn(t, name);
      const { status, stderr, stdout } = during(
        `mount -t tmpfs -o ro tmpfs "$DISK" && ${PROGRAM} backup now -c "$CONFIG"`,
      );
      assert.equal(status, 5);
      assert.equal(stdout, '');
      said(stderr, 'a read-only one', /Mount it for writing/, disk);
    },
  );

test(
  'backup now on a full disk says so without a stack trace, and leaves no half backup and those before as they were',
  mounts,
  async (t) => {
    const { disk, during } = await withBackupsIn(t, '');
    // One backup finds room, a second one does not; then what lies there is brought out.
    const { status, stderr, stdout } = during(`
    mkdir "$DISK.kept" && mount -t tmpfs tmpfs "$DISK" || exit 9
    ${PROGRAM} backup now -c "$CONFIG" || exit 8
    mount -o remount,size=$(( $(du -sk "$DISK" | cut -f1) + 300 ))k "$DISK" || exit 6
    ${PROGRAM} backup now -c "$CONFIG"
    code=$?
    ${PROGRAM} backup list -c "$CONFIG" || exit 7
    cp "$DISK"/* "$DISK.kept"/
    exit $code`);
    assert.equal(status, 5, stderr);
    said(stderr, 'a full disk', /Make room there, or name another backup.folder/, disk);
    assert.equal(stdout.match(/ {2}good {2}/g)?.length, 1, stdout);
    const left = await readdir(`${disk}.kept`);
    assert.equal(left.length, 1, left.join());
    const [only] = await backupsIn(`${disk}.kept`);
    assert.ok(only !== undefined);
    await checkIntegrity(only.file);
  },
);

test('backup now in a folder without the rights says so', {
  skip: isRoot ? 'root may write everywhere' : false,
}, async (t) => {
  const { disk, config } = await withBackupsIn(t, 'new');
  await chmod(disk, 0o500);
  const { stderr } = spawnSync('sh', ['-c', `${PROGRAM} backup now -c "$CONFIG"`], {
    encoding: 'utf8',
    env: { ...process.env, CONFIG: config },
  });
  await chmod(disk, 0o700);
  said(stderr, 'one without the rights', /Let the user of the service write there/, disk);
});
