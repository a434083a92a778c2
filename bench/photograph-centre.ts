/**
 * Measures the centre of photographs from elsewhere that a pack delivers, and writes it into the pack's card.
 *
 *   node --import tsx bench/photograph-centre.ts IMAGES PACK [CARD]
 *
 * IMAGES holds one subfolder of photographs per person, of people who are enrolled nowhere; each person counts once. Without CARD
 * (models/cards/PACK.json) nothing is written. Told is also how far the mean moves between two halves of the people.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { personId } from '../src/base/ids.js';
import { type CaptureCondition, PHOTO } from '../src/biometrics/conditions/capture-condition.js';
import { CentreSums, type ConditionCentre, lengthOf } from '../src/biometrics/conditions/condition-centre.js';
import { photographCentreCard } from '../src/biometrics/conditions/photograph-centre.js';
import { packsFolder } from '../src/biometrics/packs/pack-catalog.js';
import { type AcquiredPhoto, defaultCacheFolder, peoplePhotos } from '../src/lab/evaluate/acquire-photos.js';

const [folder = '', pack = 'mobile', card] = process.argv.slice(2);
const { shown, missing } = await peoplePhotos(
  folder,
  {
    pack,
    packFolder: packsFolder({ argument: undefined, env: process.env }),
    cacheFolder: defaultCacheFolder(process.env),
  },
  new AbortController().signal,
);
const centre = centreOf(shown);
const people = [...new Set(shown.map(({ person }) => person))].sort();
const halves = [0, 1].map((half) => {
  const own = new Set(people.filter((_, i) => i % 2 === half));
  return centreOf(shown.filter(({ person }) => own.has(person)));
});
const [a = centre, b = centre] = halves;
const apart = lengthOf(a.mean.map((value, i) => value - (b.mean[i] ?? Number.NaN)));
process.stdout.write(
  `${pack}: ${shown.length} photographs of ${people.length} people, ${missing.length} not acquired; ` +
    `length of the mean ${lengthOf(centre.mean).toFixed(4)}, halves of the people ${apart.toFixed(4)} apart\n`,
);
if (card !== undefined) {
  const photographs = photographCentreCard(centre, {
    source: `${shown.length} photographs of ${people.length} people of LFW (deep-funneled), each person once`,
    photographs: shown.length,
  });
  // The rest of the card keeps its shape: a difference between two releases is then what was measured anew.
  const rest = (await readFile(card, 'utf8')).replace(/,\s*"photographs": \{[^}]*\}/, '');
  const added = JSON.stringify({ photographs }, null, 2).slice(1);
  await writeFile(card, rest.replace(/\s*\}\s*$/, `,${added}\n`));
}

function centreOf(photos: readonly AcquiredPhoto[]): ConditionCentre {
  const owners = photos.map(({ person }) => personId(person));
  const conditions = photos.map((): CaptureCondition => PHOTO);
  const sums = new CentreSums({ owners, conditions }, photos[0]?.vector.length ?? 0, () => true);
  photos.forEach(({ vector }, row) => {
    sums.add(row, vector);
  });
  const found = sums.centres().get(PHOTO);
  if (found === undefined) throw new Error(`No photograph in ${folder} shows a face.`);
  return found;
}
