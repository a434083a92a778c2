/** Makes a gallery in memory of vectors whose owners and capture conditions are known: nothing is stored. */
import { personId } from '../../base/ids.js';
import { wallTime } from '../../base/units.js';
import type { CaptureCondition } from '../../biometrics/conditions/capture-condition.js';
import { digestOf, type ModelCard } from '../../biometrics/model-card.js';
import type { GallerySnapshot } from '../../records/people/gallery-store.js';

export interface GalleryRow {
  readonly person: string;
  /** As the encoder gives it: [dimension]. */
  readonly vector: Float32Array;
  readonly condition: CaptureCondition;
}

/** @param people may be enrolled without a template. */
export function galleryOfRows(
  rows: readonly GalleryRow[],
  card: ModelCard,
  people: readonly string[] = [],
): GallerySnapshot {
  const { dimension } = card.encoder;
  const matrix = new Float32Array(rows.length * dimension);
  for (const [index, { vector }] of rows.entries()) matrix.set(vector, index * dimension);
  // Putting a photograph into a folder for a replay is consent for this replay.
  const consent = { textVersion: 'replay', givenAt: wallTime(0) };
  const all = new Set([...people, ...rows.map(({ person }) => person)]);
  return {
    version: 1,
    digest: digestOf(card),
    dimension,
    matrix,
    owners: rows.map(({ person }) => personId(person)),
    conditions: rows.map(({ condition }) => condition),
    people: new Map(
      [...all].map((person) => [personId(person), { id: personId(person), name: person, consent }]),
    ),
  };
}
