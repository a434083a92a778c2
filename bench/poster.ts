/**
 * How often does free exit open while a poster hangs in view, and does it still let living people out?
 *
 *   node --import tsx bench/poster.ts [PACK=builtin] [PACKS=folder] [MINUTES=9.5] [FPS=10] [FILM=still]
 *
 * The films go through the lane's own vision (detector, tracker) and free exit. In each a poster hangs for so many minutes; in `people`
 * somebody walks up every 20 s, sways before the gate, and goes.
 */
import { packsFolder } from '../src/biometrics/packs/pack-catalog.js';
import { openFilmLane } from '../test/fixtures/film-lane.js';
import { openingsIn, POSTER_FILMS, showPoster } from '../test/fixtures/poster-film.js';

const pack = process.env.PACK ?? 'builtin';
const minutes = Number(process.env.MINUTES ?? 9.5);
const fps = Number(process.env.FPS ?? 10);
const folder = packsFolder({ argument: process.env.PACKS, env: process.env });
const lane = await openFilmLane(folder, 'off', pack);
for (const film of POSTER_FILMS) {
  if ((process.env.FILM ?? film.name) !== film.name) continue;
  const reports = await lane.reports(showPoster(film, minutes, fps));
  const opened = openingsIn(reports);
  const seen = reports.filter(({ faces }) => faces.length > 0).length;
  const tracks = new Set(reports.flatMap(({ faces }) => faces.map(({ track }) => track))).size;
  const at = opened.map((ms) => ` ${(ms / 1000).toFixed(1)}`).join('');
  process.stdout.write(
    `${pack}, ${film.name}: ${minutes} min, ${reports.length} frames, a face in ${seen}, ${tracks} tracks, ${opened.length} openings (s:${at})\n`,
  );
}
