/** Whatever a person, a list or a stick names: a FIFO, a device and a link to one are refused at once. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { openLdif } from '../../../src/adapters/directory/ldif.js';
import { openScim } from '../../../src/adapters/directory/scim.js';
import { readCalibration } from '../../../src/adapters/files/calibration-file.js';
import { readHead } from '../../../src/adapters/files/head-file.js';
import { readIdentities } from '../../../src/adapters/files/identities.js';
import { readPairs } from '../../../src/adapters/files/pairs.js';
import { readReranker } from '../../../src/adapters/files/reranker-file.js';
import { folderSource } from '../../../src/adapters/fleet/folder-source.js';
import { openVideoFile } from '../../../src/adapters/opencv/video-file.js';
import { TwinstileError } from '../../../src/base/errors.js';
import type { ModelDigest } from '../../../src/base/ids.js';
import { wallTime } from '../../../src/base/units.js';
import { candidatesFrom } from '../../../src/commands/enrol/enroll-sources.js';
import { loadConfig } from '../../../src/config/load.js';
import { readSecret } from '../../../src/config/secret.js';

const digest = 'none' as ModelDigest;
const drain = async (entries: AsyncIterable<unknown>) => {
  for await (const _ of entries) assert.fail('nothing can come of it');
};

const READERS: Readonly<Record<string, (file: string) => unknown>> = {
  'a configuration': loadConfig,
  'a key': (file) => readSecret({ file }, undefined),
  'a photograph to enrol': async (file) => {
    const moment = { now: wallTime(0), zone: 'UTC' };
    const {
      candidates: [candidate],
    } = await candidatesFrom([file], { person: 'ada', name: 'Ada' }, moment);
    return candidate?.read();
  },
  'a head': (file) => readHead(file, digest),
  'a reranker': (file) => readReranker(file, digest),
  'a calibration': readCalibration,
  'a list of pairs': readPairs,
  'a list of clips': (file) => readIdentities(path.dirname(file)),
  'a directory’s LDIF': (file) => drain(openLdif([file]).entries()),
  'a directory’s SCIM': (file) => drain(openScim([file]).entries()),
  'a repository on a stick': (file) => folderSource(path.dirname(file)).fetch(path.basename(file), 1_000_000),
  'a film': async (file) => openVideoFile(file, false),
};

for (const [name, read] of Object.entries(READERS))
  test(`${name} that is a FIFO or a device without an end is refused at once`, {
    timeout: 10_000,
  }, async (t) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-special-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const file = path.join(folder, 'identities.csv');
    for (const make of [
      () => execFileSync('mkfifo', [file]),
      () => symlink('/dev/zero', file),
      () => symlink('/dev/full', file),
    ]) {
      await rm(file, { force: true });
      await make();
      await assert.rejects(
        async () => read(file),
        (error) => error instanceof TwinstileError,
      );
    }
  });
