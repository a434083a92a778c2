/** Draws the films and stills that stdin describes, and exits: OpenCV is never loaded into core. */
import { text } from 'node:stream/consumers';
import { explain } from './base/errors.js';
import { guardOutput } from './platform/output-guard.js';
import { drawFilm, drawStill, type StillOptions, type VideoOptions } from './vision/opencv/write-video.js';

guardOutput('goes-on');
/** Written by our own process: not checked again. */
const { films, stills } = JSON.parse(await text(process.stdin)) as {
  readonly films: readonly VideoOptions[];
  readonly stills: readonly StillOptions[];
};
try {
  for (const still of stills) drawStill(still);
  for (const film of films) drawFilm(film);
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}
