/**
 * Does a living face vouch for a picture that is held before it for a moment? And what does it cost living people that it does not?
 *
 *   [PHOTOS=10] [PART=pictures|living] [PACKS=folder] [TWINSTILE_SHARED=../shared] node --import tsx bench/pasted-pictures.ts
 *
 * Nothing is stored: the films are cut together in memory, from the shared clips and photographs of LFW, and go through the lane's
 * own vision and judgement with pack `mobile`.
 */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { packsFolder } from '../src/biometrics/packs/pack-catalog.js';
import { rateOf } from '../src/biometrics/statistics/clopper-pearson.js';
import { countsText } from '../src/biometrics/statistics/rate-text.js';
import type { LaneGallery } from '../src/lane/decision/lane-gallery.js';
import type { FrameReport } from '../src/vision/ports/vision.js';
import { openFilmLane } from '../test/fixtures/film-lane.js';
import { pastedFamilies, shownThroughout } from '../test/fixtures/pasted-families.js';
import { type PastedFilm, playPastedFilm } from '../test/fixtures/pasted-film.js';

const shared = path.resolve(process.env.TWINSTILE_SHARED ?? '../shared');
const video = path.join(shared, 'video');
const faces = path.join(shared, 'faces/lfw-dev/images');
const packs = process.env.PACKS ?? packsFolder({ argument: undefined, env: process.env });
if (!existsSync(path.join(video, 'spoof/live.mp4')) || !existsSync(faces))
  throw new Error(`needs shared data in ${shared} (TWINSTILE_SHARED)`);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const lane = await openFilmLane(packs, 'require');

const { PART: part } = process.env;
if (part !== 'living') await pictures();
if (part !== 'pictures') await living();

/** Films in which the first photograph of each person is held before a living face. */
async function pictures(): Promise<void> {
  /** People with several photographs, spread over the alphabet: the first is held up, the others are enrolled. */
  const people = spread(
    readdirSync(faces).filter((person) => readdirSync(path.join(faces, person)).length >= 4),
    Number(process.env.PHOTOS ?? 10),
  );
  const photosOf = (person: string): readonly string[] =>
    readdirSync(path.join(faces, person)).map((file) => path.join(faces, person, file));
  const gallery = await lane.enroll(new Map(people.map((person) => [person, photosOf(person).slice(1, 4)])));

  const letIn = async (film: PastedFilm): Promise<boolean> => {
    const rulings = await lane.judge(await lane.reports(playPastedFilm(film)), gallery);
    return rulings.some(({ laneDecision }) => laneDecision.verdict === 'granted');
  };
  const counts = new Map<string, { in: number; of: number }>();
  const count = (name: string, isIn: boolean): void => {
    const before = counts.get(name) ?? { in: 0, of: 0 };
    counts.set(name, { in: before.in + Number(isIn), of: before.of + 1 });
  };
  const believed: string[] = [];
  for (const person of people) {
    const families = pastedFamilies(photosOf(person)[0] ?? '', video);
    const [plain] = families[0]?.films ?? [];
    const isBelieved = plain !== undefined && (await letIn(shownThroughout(plain)));
    if (isBelieved) believed.push(person);
    count('the picture alone, all the time', isBelieved);
    for (const { name, films } of families)
      for (const film of films) {
        const isIn = await letIn(film);
        count(name, isIn);
        count(`all films of pictures that alone are ${isBelieved ? 'taken for alive' : 'refused'}`, isIn);
        if (isIn && process.env.VERBOSE) say(`let in: ${person}, ${name}`);
      }
    process.stderr.write(`${person}\n`);
  }
  say(`${people.length} photographs of ${people.length} enrolled people, LFW; let in of films`);
  for (const [name, { in: errors, of }] of counts)
    say(`${name.padEnd(60)} ${countsText(rateOf(errors, of))}`);
  say(`taken for alive when shown all the time: ${believed.join(', ') || 'none'}`);
}

/** Five people by another clip of theirs, and one man in back light by other stretches of his film. */
async function living(): Promise<void> {
  const asl: Readonly<Record<string, readonly [string, string]>> = {
    a: ['again', 'help'],
    b: ['bird', 'milk'],
    c: ['book', 'learn'],
    d: ['eat', 'night'],
    e: ['hungry', 'want'],
  };
  const clipOf = (name: string): PastedFilm => ({
    clip: path.join(video, 'asl', `${name}.mkv`),
    from: 0,
    frames: 200,
    pictures: [],
  });
  const selfie = { clip: path.join(video, 'spoof/live.mp4'), from: 0, frames: 621, pictures: [] };
  const vectorsOf = async (film: PastedFilm): Promise<readonly Float32Array[]> => {
    const reports = await lane.reports(playPastedFilm(film));
    const vectors = reports.flatMap(({ faces: seen }) => seen.flatMap(({ embedding }) => embedding ?? []));
    return spread(vectors, 5);
  };
  const enrolled = new Map<string, readonly Float32Array[]>();
  for (const [person, clips] of Object.entries(asl))
    enrolled.set(person, (await Promise.all(clips.map((clip) => vectorsOf(clipOf(clip))))).flat());
  enrolled.set('man', await vectorsOf(selfie));
  const everybody = await lane.enroll(enrolled);
  for (const visit of [2, 4]) {
    await visits(
      `fixed camera, visits of ${visit} s`,
      visit,
      everybody,
      Object.entries(asl).flatMap(([person, clips]) => clips.map((clip) => ({ person, film: clipOf(clip) }))),
    );
    await visits(`selfie in back light, visits of ${visit} s`, visit, everybody, [
      { person: 'man', film: selfie },
    ]);
  }
}

/** Each begins a third of a second after the one before. */
async function visits(
  name: string,
  seconds: number,
  everybody: LaneGallery,
  clips: readonly { readonly person: string; readonly film: PastedFilm }[],
): Promise<void> {
  let refused = 0;
  const times: number[] = [];
  for (const { person, film } of clips) {
    const length = (await lane.reports(playPastedFilm(film))).length;
    for (let from = 0; from === 0 || from + seconds * 30 <= length; from += 10) {
      const reports: readonly FrameReport[] = await lane.reports(
        playPastedFilm({ ...film, from, frames: Math.min(seconds * 30, length - from) }),
      );
      const rulings = await lane.judge(reports, everybody);
      const granted = rulings.find(
        ({ laneDecision: ruling }) => ruling.verdict === 'granted' && ruling.person === person,
      );
      if (granted === undefined) refused += 1;
      else times.push(granted.at);
    }
  }
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): string =>
    `${Math.round(sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN)}`;
  say(
    `${`living, ${name}: not let in`.padEnd(60)} ${countsText(rateOf(refused, refused + times.length))}; let in after ${at(0.5)} ms, nine in ten ${at(0.9)}, slowest ${at(1)}`,
  );
}

function spread<T>(all: readonly T[], wanted: number): readonly T[] {
  const step = Math.max(1, all.length / wanted);
  return Array.from(
    { length: Math.min(wanted, all.length) },
    (_, n) => all[Math.floor((n + 0.5) * step)],
  ).filter((one) => one !== undefined);
}
