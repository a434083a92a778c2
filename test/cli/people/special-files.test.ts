/** Whatever a person, a list or a stick names: a FIFO, a device and a link to one are refused at once. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { TwinstileError } from '../../../src/base/errors.js';
import type { ModelDigest } from '../../../src/base/ids.js';
import { wallTime } from '../../../src/base/units.js';
import { readCalibration } from '../../../src/biometrics/calibration-file.js';
import { readHead } from '../../../src/biometrics/head/head-file.js';
import { readReranker } from '../../../src/biometrics/reranker-file.js';
import { candidatesFrom } from '../../../src/cli/people/enroll-sources.js';
import { folderSource } from '../../../src/fleet/repository/open-source.js';
import { readIdentities } from '../../../src/lab/evaluate/files/identities.js';
import { readPairs } from '../../../src/lab/evaluate/files/pairs-file.js';
import { openLdif } from '../../../src/records/directory-import/ldif.js';
import { openScim } from '../../../src/records/directory-import/scim.js';
import { loadConfig } from '../../../src/service/config/load-config.js';
import { readSecret } from '../../../src/service/config/sections/secret-place.js';
import { openVideoFile } from '../../../src/vision/opencv/video-file.js';

const digest = 'none' as ModelDigest;
const drain = async (entries: AsyncIterable<unknown>) => {
  for await (const _ of entries) assert.fail('nothing can come of it');
};

const READERS: Readonly<Record<string, (file: string) => unknown>> = {
  'a configuration': loadConfig,
  'a key': (file) => readSecret({ file }, undefined),
  'a photograph to enroll': async (file) => {
    const moment = { now: wallTime(0), zone: 'UTC' };
    const {
      candidates: [candidate],
    } = await candidatesFrom([file], { person: 'ada', name: 'Ada' }, moment);
    return candidate?.read?.();
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
