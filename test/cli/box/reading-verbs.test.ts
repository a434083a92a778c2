import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { Command } from 'commander';
import { backupCommand } from '../../../src/cli/box/backup-verb.js';
import { doctorCommand } from '../../../src/cli/box/doctor-verb.js';
import { journalCommand } from '../../../src/cli/box/journal-verb.js';
import { keysCommand } from '../../../src/cli/box/keys-verb.js';
import { galleryCommand } from '../../../src/cli/fleet/gallery-verb.js';
import type { OfficeDependencies } from '../../../src/cli/office-dependencies.js';
import { badgeCommand } from '../../../src/cli/people/badge-verb.js';
import { importCommand } from '../../../src/cli/people/people-import.js';
import { peopleCommand } from '../../../src/cli/people/people-verb.js';
import { adaptCommand } from '../../../src/cli/train/adapt-verb.js';
import { officeFor } from '../office.js';

const VERBS: readonly (readonly [(dependencies: OfficeDependencies) => Command, ...string[]])[] = [
  [journalCommand, 'verify'],
  [journalCommand, 'list'],
  [journalCommand, 'export'],
  [peopleCommand, 'list'],
  [peopleCommand, 'show', 'ada'],
  [peopleCommand, 'groups', 'ada'],
  [peopleCommand, 'consent', 'ada', '--text', '1'],
  [peopleCommand, 'export', 'ada'],
  [peopleCommand, 'remove', 'ada', '--yes'],
  [peopleCommand, 'erase', 'ada', '--yes'],
  [peopleCommand, 'erase', 'ada', '--dry-run'],
  [badgeCommand, 'list'],
  [badgeCommand, 'add', 'ada', 'b1'],
  [badgeCommand, 'remove', 'b1', '--yes'],
  [backupCommand, 'now'],
  [backupCommand, 'list'],
  [keysCommand, 'rotate', 'gallery', '--yes'],
  [galleryCommand, 'status'],
  [galleryCommand, 'revoke', '--person', 'ada', '--undo', '--yes'],
  [adaptCommand, 'status'],
  [adaptCommand, 'use'],
  [adaptCommand, 'undo', '--yes'],
];

for (const [make, ...args] of VERBS)
  test(`against a mistyped path ${args.join(' ')} says that there is no database, and makes none`, async (t) => {
    const { folder, config, world: dependencies, run } = await officeFor(t);
    const data = path.join(folder, 'data-typo');
    await writeFile(config, (await readFile(config, 'utf8')).replace('./data', './data-typo'));
    await assert.rejects(run(make(dependencies), ...args, '-c', config), {
      code: 'database-missing',
      message: `There is no database at ${path.join(data, 'twinstile.db')}.`,
      hint: /Correct `data_dir`/,
    });
    assert.equal(existsSync(data), false);
  });

test('a dry run of an import and doctor make no database either', async (t) => {
  const { folder, config, world, run } = await officeFor(t);
  const file = path.join(folder, 'staff.ldif');
  await writeFile(file, 'dn: uid=ada,dc=x\nobjectClass: inetOrgPerson\nuid: ada\ncn: Ada\n');
  const told = await run(importCommand(world), file, '--dry-run', '-c', config);
  assert.match(told.text, /Nothing was changed: --dry-run/);
  await run(doctorCommand(world), '-c', config);
  assert.equal(existsSync(path.join(folder, 'data', 'twinstile.db')), false);
});
