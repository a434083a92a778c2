/** Real films of a man and of his film on a monitor, the real vision process and the real networks. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { packsFolder } from '../../../src/biometrics/packs/pack-catalog.js';
import { watchForPad } from '../../../src/lab/evaluate/measure-pad.js';
import { replayClips } from '../../../src/lab/replay/replay-clip.js';
import { laneSchema } from '../../../src/service/config/sections/lane-section.js';
import { rulesOf } from '../../../src/service/setup/configured-rules.js';
import { packFolderFor, shared } from '../../fixtures/pack-folder.js';

const plain = {
  pack: 'mobile',
  packFolder: packsFolder({ env: process.env }),
  provider: 'cpu',
  threads: 1,
  detector: { width: 640, minScore: 0.6 },
  minInterOcular: 24,
  zone: { x: 0, y: 0, width: 1, height: 1 },
};
const signal = new AbortController().signal;

/** Two seconds of each film, and a gallery of the man; undefined where there is nothing to cut. */
async function filmsFor(t: TestContext) {
  const films = path.join(shared, 'video/spoof');
  const packFolder = await packFolderFor(t, 'mobile');
  if (!existsSync(films) || packFolder === undefined) return undefined;
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-pad-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await mkdir(path.join(folder, 'gallery/man'), { recursive: true });
  const cut = (from: string, to: string, ...how: readonly string[]) =>
    spawnSync('ffmpeg', ['-v', 'error', '-i', path.join(films, from), ...how, path.join(folder, to)]).status;
  const done = [
    cut('live.mp4', 'live.mkv', '-t', '2', '-c', 'copy'),
    cut('replay.mp4', 'replay.mkv', '-t', '2', '-c', 'copy'),
    cut('live.mp4', 'gallery/man/1.png', '-frames:v', '1'),
  ];
  if (done.some((status) => status !== 0)) return undefined;
  const at = (name: string): string => path.join(folder, name);
  return {
    live: at('live.mkv'),
    replay: at('replay.mkv'),
    gallery: at('gallery'),
    settings: { ...plain, packFolder },
  };
}

test('finds a living face alive and its film on a monitor an attack, each within 700 ms', async (t) => {
  const films = await filmsFor(t);
  if (films === undefined) return t.skip('needs shared data');
  const recordings = await watchForPad(
    { clips: [films.live, films.replay], settings: films.settings },
    signal,
  );
  assert.deepEqual(
    recordings.map(({ judged }) => judged.map(({ verdict }) => verdict)),
    [['live'], ['attack']],
  );
  for (const { judged } of recordings) assert.ok((judged[0]?.decidedAfter ?? Number.NaN) <= 700);
});

test('says which pack cannot tell', async () => {
  await assert.rejects(watchForPad({ clips: [], settings: { ...plain, pack: 'builtin' } }, signal), {
    code: 'bad-arguments',
  });
});

test('lets the man in and turns his film away where liveness is required, and both in where it is off', async (t) => {
  const films = await filmsFor(t);
  if (films === undefined) return t.skip('needs shared data');
  const decide = async (mode: 'off' | 'require') => {
    const lane = laneSchema.parse({
      id: 'n',
      gate: 'g',
      direction: 'in',
      camera: { kind: 'file', path: 'clip' },
      identification: { max_fpir: 0.001 },
      liveness: { mode },
    });
    const said: string[] = [];
    await replayClips(
      {
        clips: [films.live, films.replay],
        gallery: films.gallery,
        settings: films.settings,
        rulesFor: (card) => rulesOf(lane, card),
        onLaneDecision: (_, { reason, liveness }) =>
          said.push(`${reason} ${liveness === undefined ? '-' : liveness > 0.5}`),
        onRefused: () => {},
        onFault: () => {},
      },
      signal,
    );
    return said;
  };
  assert.deepEqual(await decide('require'), ['face-identified true', 'presentation-attack false']);
  assert.deepEqual(await decide('off'), ['face-identified -', 'face-identified -']);
});
