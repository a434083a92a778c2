/** Clips of one fixed camera through the command itself: one clip of each person is the gallery, the others are replayed. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { packFolderFor, shared } from '../fixtures/pack-folder.js';

const clips = path.join(shared, 'video/asl');
const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** Person: the clip in the gallery, and another one. */
const PEOPLE = {
  a: ['again', 'help'],
  c: ['book', 'learn'],
  d: ['eat', 'night'],
  e: ['hungry', 'want'],
} as const;

interface Row {
  readonly kind: 'decision' | 'summary';
  readonly clip?: string;
  readonly person?: string | null;
  readonly fmr?: number | null;
  readonly frames: number;
  readonly ms_per_frame?: Readonly<Record<string, number>>;
}

test('recognises everybody in another clip and takes nobody for somebody else', {
  timeout: 180_000,
}, async (t) => {
  const packFolder = await packFolderFor(t, 'mobile');
  if (packFolder === undefined || !existsSync(clips)) return t.skip('needs shared data');
  const gallery = await mkdtemp(path.join(tmpdir(), 'twinstile-replay-'));
  t.after(() => rm(gallery, { recursive: true, force: true }));
  for (const [person, [own]] of Object.entries(PEOPLE)) {
    await mkdir(path.join(gallery, person));
    await cp(path.join(clips, `${own}.mkv`), path.join(gallery, person, 'clip.mkv'));
  }
  const others = Object.values(PEOPLE).map(([, other]) => path.join(clips, `${other}.mkv`));
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...['--import', 'tsx', main, 'replay', ...others],
    ...['--gallery', gallery, '--pack', 'mobile', '--folder', packFolder, '--json'],
  ]);
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
  const truth = new Map(
    Object.entries(PEOPLE).map(([person, [, other]]) => [path.join(clips, `${other}.mkv`), person]),
  );
  const recognised = rows.filter(({ kind, person }) => kind === 'decision' && typeof person === 'string');
  for (const { clip, person, fmr } of recognised) {
    assert.equal(person, truth.get(clip ?? ''), clip);
    assert.ok((fmr ?? 1) <= 0.001);
  }
  assert.equal(new Set(recognised.map(({ clip }) => clip)).size, truth.size);
  const summary = rows.at(-1);
  assert.equal(summary?.kind, 'summary');
  assert.ok((summary?.frames ?? 0) > 100 && (summary?.ms_per_frame?.detect ?? 0) > 0);
});
