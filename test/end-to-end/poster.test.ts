import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { packsFolder } from '../../src/biometrics/packs/pack-catalog.js';
import { openFilmLane } from '../fixtures/film-lane.js';
import { openingsIn, POSTER_FILMS, showPoster, VISIT_MS } from '../fixtures/poster-film.js';

const packs = packsFolder({ env: process.env });
const options = { skip: existsSync(path.join(packs, 'builtin')) ? false : 'needs the built-in pack' };
const filmOf = (wanted: string) => {
  const film = POSTER_FILMS.find(({ name }) => name === wanted);
  assert.ok(film !== undefined);
  return film;
};

test(
  'free exit with a still face in view, a poster, opens nothing through the real detector and its noise',
  options,
  async () => {
    const lane = await openFilmLane(packs, 'off', 'builtin');
    const reports = await lane.reports(showPoster(filmOf('flicker'), 0.2, 5));
    assert.ok(reports.filter(({ faces }) => faces.length > 0).length > 50, 'the poster is seen');
    assert.deepEqual(openingsIn(reports), []);
  },
);

test(
  'beside a poster somebody who walks up is let out, once, and again after they were gone',
  options,
  async () => {
    const lane = await openFilmLane(packs, 'off', 'builtin');
    const reports = await lane.reports(showPoster(filmOf('people'), 25 / 60, 4));
    const opened = openingsIn(reports);
    assert.deepEqual(
      opened.map((at) => Math.floor(at / VISIT_MS)),
      [0, 1],
      opened.join(),
    );
    for (const at of opened) assert.ok(at % VISIT_MS < 5000, 'within three seconds of coming near');
  },
);
