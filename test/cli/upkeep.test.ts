/** Erasing, backing up and new keys, as somebody at a terminal does them; and what is left of a person afterwards. */

import assert from 'node:assert/strict';
import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { badgeId, modelDigest, personId } from '../../src/base/ids.js';
import { wallTime } from '../../src/base/units.js';
import { backupCommand } from '../../src/cli/box/backup-verb.js';
import { keysCommand } from '../../src/cli/box/keys-verb.js';
import { peopleCommand } from '../../src/cli/people/people-verb.js';
import { sameFields } from '../support/same-fields.js';
import { NOW, officeFor } from './office.js';

const ID = 'ada-lovelace-1815';
const NAME = 'Augusta Ada King';
const VECTOR = Float32Array.from({ length: 128 }, (_, place) => Math.sin(place));
const bytes = Buffer.from(VECTOR.buffer);

async function staffed(t: TestContext) {
  const office = await officeFor(t);
  await office.inside(async ({ gallery, journal }) => {
    await gallery.apply([
      {
        kind: 'put-person',
        person: { id: personId(ID), name: NAME, consent: { textVersion: '1', givenAt: wallTime(0) } },
      },
      { kind: 'add-badge', badge: badgeId('badge-18151210'), person: personId(ID) },
      {
        kind: 'add-template',
        template: {
          person: personId(ID),
          digest: modelDigest('d'.repeat(64)),
          source: '5'.repeat(64),
          vector: VECTOR,
          createdAt: NOW,
        },
      },
    ]);
    await journal.append(
      { kind: 'decision', subject: 'd1', at: NOW, body: { verdict: 'granted', person: ID } },
      { id: 'd1', topic: 't', payload: JSON.stringify({ person: ID, name: NAME }) },
    );
  });
  return office;
}

/** In which files of the box, by name, these bytes stand. */
async function filesWith(folder: string, ...words: readonly (string | Buffer)[]): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of names.filter((one) => one.isFile())) {
    const content = await readFile(path.join(entry.parentPath, entry.name));
    if (words.some((word) => content.includes(word))) found.push(entry.name);
  }
  return found.sort();
}

test('erase leaves nothing of a person in any file of the box, and a receipt that does not say who', async (t) => {
  const { folder, config, world: dependencies, run } = await staffed(t);
  await run(backupCommand(dependencies), 'now', '--config', config);
  assert.equal((await filesWith(folder, ID)).length, 2, 'database and backup');
  sameFields(await filesWith(folder, bytes, bytes.subarray(0, 32)), [], 'vectors are never readable');

  const { text } = await run(peopleCommand(dependencies), 'erase', ID, '--yes', '--config', config);
  assert.match(text, /1 template, 1 badge, 2 rows of the journal, 1 waiting message, and out of 1 backup/);
  sameFields(await filesWith(folder, ID, NAME, 'badge-18151210'), []);

  const file = /^Receipt: (.+)$/m.exec(text)?.[1] ?? '';
  const key = /^Key for .*: ([0-9a-f]{64})\./m.exec(text)?.[1] ?? '';
  for (const proof of [
    ['--key', key],
    ['--config', config],
  ]) {
    const checked = await run(peopleCommand(dependencies), 'receipt', file, '--person', ID, ...proof);
    assert.match(checked.text, /^Genuine/);
    assert.match(checked.text, /It is about ada-lovelace-1815/);
    assert.equal(checked.exitCode, 0);
    assert.equal(
      (await run(peopleCommand(dependencies), 'receipt', file, '--person', 'bob', ...proof)).exitCode,
      4,
    );
  }
  const without = await run(peopleCommand(dependencies), 'receipt', file, '--person', ID);
  sameFields([without.exitCode, /cannot be said without a key/.test(without.text)], [4, true]);
  await writeFile(file, (await readFile(file, 'utf8')).replace('"templates": 1', '"templates": 9'));
  const forged = await run(peopleCommand(dependencies), 'receipt', file);
  sameFields([forged.exitCode, forged.text.slice(0, 11)], [4, 'NOT genuine']);
});

test('an erased person who is erased again is told when it was, without a second receipt, and somebody else stays', async (t) => {
  const { folder, config, world, run, inside } = await staffed(t);
  const erase = () => run(peopleCommand(world), 'erase', ID, '--yes', '--config', config);
  await erase();
  assert.match(
    (await erase()).text,
    /^ada-lovelace-1815 was erased on 2026-06-01T12:00:00.000Z: nothing is left/,
  );
  const receipts = (await readdir(path.join(folder, 'data/erasures'))).filter((name) =>
    name.endsWith('.json'),
  );
  assert.equal(receipts.length, 1);
  await inside(async ({ journal }) => sameFields(await journal.verify(), { rows: 5, forgotten: 2 }));
});

test('a copy from before an erasure, put back by hand, shows nobody who was erased', async (t) => {
  const { folder, config, world, run } = await staffed(t);
  const made = (await run(backupCommand(world), 'now', '--config', config)).text.split(': checked')[0] ?? '';
  const carried = path.join(folder, 'carried-away.db');
  await copyFile(made, carried);
  await run(peopleCommand(world), 'erase', ID, '--yes', '--config', config);
  const database = path.join(folder, 'data/twinstile.db');
  for (const end of ['-wal', '-shm']) await rm(database + end, { force: true });
  await copyFile(carried, database);
  assert.equal((await run(peopleCommand(world), 'list', '--config', config)).text, '0 people.');
  await rm(carried);
  sameFields(await filesWith(folder, ID, NAME), []);
});

test('a new key opens database and backups, the old one neither', async (t) => {
  const { folder, config, world, run, inside } = await staffed(t);
  await run(backupCommand(world), 'now', '--config', config);
  const keyFile = path.join(folder, 'gallery.key');
  const old = await readFile(keyFile);
  assert.match(
    (await run(keysCommand(world), 'rotate', 'gallery', '--yes', '--config', config)).text,
    /keys of 1 person were/,
  );
  assert.notDeepEqual(await readFile(keyFile), old);
  await inside(async ({ gallery }) => sameFields((await gallery.vectors(personId(ID)))[0]?.vector, VECTOR));
  await writeFile(keyFile, old);
  await assert.rejects(
    inside(async () => {}),
    { code: 'gallery-locked' },
  );
});

test('a rotation that was cut off before the key file was replaced is ended by the next command', async (t) => {
  const { folder, config, world, run, inside } = await staffed(t);
  const keyFile = path.join(folder, 'gallery.key');
  const old = await readFile(keyFile);
  await run(keysCommand(world), 'rotate', 'gallery', '--yes', '--config', config);
  await writeFile(`${keyFile}.new`, await readFile(keyFile));
  await writeFile(keyFile, old);
  await inside(async ({ gallery }) => assert.equal((await gallery.list()).length, 1));
  sameFields(
    (await readdir(folder)).filter((name) => name.startsWith('gallery.key')),
    ['gallery.key'],
  );
});

test('a rotation that was cut off before the database took the key goes back', async (t) => {
  const { folder, inside } = await staffed(t);
  const keyFile = path.join(folder, 'gallery.key');
  await writeFile(`${keyFile}.new`, Buffer.alloc(32, 99));
  await inside(async ({ gallery }) => assert.equal((await gallery.list()).length, 1));
  sameFields(
    (await readdir(folder)).filter((name) => name.startsWith('gallery.key')),
    ['gallery.key'],
  );
});

test('backups are listed with what is wrong with them', async (t) => {
  const { config, world, run } = await staffed(t);
  assert.match((await run(backupCommand(world), 'list', '--config', config)).text, /None yet/);
  const made = (await run(backupCommand(world), 'now', '--config', config)).text.split(': checked')[0] ?? '';
  assert.match((await run(backupCommand(world), 'list', '--config', config)).text, /good/);
  await writeFile(made, (await readFile(made)).fill(0xee, 4096, 12_288));
  const { text, exitCode } = await run(backupCommand(world), 'list', '--config', config);
  assert.match(text, /DAMAGED/);
  assert.equal(exitCode, 4);
});

test('consent ends after as many days as the configuration says', async (t) => {
  const { config, world, run, inside } = await staffed(t);
  await writeFile(config, `${await readFile(config, 'utf8')}\nprivacy: { consent_expires_days: 30 }\n`);
  await run(peopleCommand(world), 'consent', ID, '--text', '2', '--config', config);
  await inside(async ({ gallery }) =>
    sameFields((await gallery.find(personId(ID)))?.person.consent, {
      textVersion: '2',
      givenAt: NOW,
      until: NOW + 30 * 86_400_000,
    }),
  );
  assert.match(
    (await run(peopleCommand(world), 'list', '--config', config)).text,
    /consent 2 until 2026-07-01/,
  );
});

test('export tells all that is held: rows by badge and messages that still wait, too', async (t) => {
  const { config, world, run, inside } = await staffed(t);
  await inside(async ({ journal }) => {
    const body = { verdict: 'refused', badge: 'badge-18151210' };
    await journal.append({ kind: 'decision', subject: 'd2', at: NOW, body });
    await journal.append({ kind: 'decision', subject: 'd3', at: NOW, body: { ...body, badge: 'b2' } });
  });
  const held = JSON.parse((await run(peopleCommand(world), 'export', ID, '--config', config)).text);
  sameFields(
    held.journal.slice(1).map(({ subject }: { subject: string }) => subject),
    ['d1', 'd2'],
  );
  assert.equal(held.waiting_messages[0].content.person, ID);
  assert.equal(held.consent.text, '1');
});
