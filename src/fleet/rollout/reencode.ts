/** Makes templates of another encoder from stored crops: without new photographs. */
import { type ModelDigest, type PersonId, personId } from '../../base/ids.js';
import type { WallTime } from '../../base/units.js';
import type { CropStore, KeptCrop } from '../../records/people/crop-store.js';
import type { GalleryStore } from '../../records/people/gallery-store.js';
import type { GalleryChange } from '../../records/people/person.js';
import type { PhotoEncoder } from '../../vision/ports/vision.js';

interface ReencodeDependencies {
  readonly crops: CropStore;
  readonly store: Pick<GalleryStore, 'apply'>;
  readonly encoder: Pick<PhotoEncoder, 'encode'>;
  readonly digest: ModelDigest;
  readonly now: () => WallTime;
  readonly onProgress?: (done: number) => void;
}

export interface ReencodeSummary {
  readonly templates: number;
  readonly people: number;
  /** Whose crop gave no template: the encoder's detector saw no face in it. */
  readonly without: readonly PersonId[];
  /** Of whom a crop is damaged, and gave no template. */
  readonly damaged: readonly PersonId[];
}

/** Few enough to lose little, many enough that the disk's sync costs nothing. */
const BATCH = 50;

/**
 * Goes on where it was stopped: what has its template is passed over.
 * @throws TwinstileError of store and encoder; what was encoded before is stored.
 */
export async function reencode(
  dependencies: ReencodeDependencies,
  signal?: AbortSignal,
): Promise<ReencodeSummary> {
  const { crops, store, encoder, digest, now } = dependencies;
  const people = new Set<PersonId>();
  const without = new Set<PersonId>();
  const damaged = new Set<PersonId>();
  let templates = 0;
  let after: Pick<KeptCrop, 'person' | 'source'> = { person: personId(''), source: '' };
  while (signal?.aborted !== true) {
    const some = await crops.without(digest, BATCH, after);
    const last = some.at(-1);
    if (last === undefined) break;
    const changes: GalleryChange[] = [];
    for (const stored of some) {
      const { person, source } = stored;
      if (stored.kind === 'damaged') {
        damaged.add(person);
        continue;
      }
      const { crop } = stored;
      const result = await encoder.encode(crop);
      const vector = result.kind === 'faces' ? result.faces[0]?.embedding : undefined;
      if (vector === undefined) without.add(person);
      else
        changes.push({
          kind: 'add-template',
          template: { person, digest, source, vector, createdAt: now() },
        });
    }
    await store.apply(changes);
    for (const change of changes) if (change.kind === 'add-template') people.add(change.template.person);
    templates += changes.length;
    dependencies.onProgress?.(templates);
    after = last;
  }
  return {
    templates,
    people: people.size,
    without: [...without].filter((person) => !people.has(person)),
    damaged: [...damaged],
  };
}
