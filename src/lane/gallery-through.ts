/** From a gallery of trunk vectors to one that can be searched: templates and live faces go through the same comparison. */
import { setImmediate as otherWork } from 'node:timers/promises';
import { TwinstileError } from '../base/errors.js';
import { applyHeadToRows } from '../biometrics/head/apply-head.js';
import type { Comparison } from '../biometrics/head/comparison.js';
import { believes, type Reranker } from '../biometrics/reranker/reranker.js';
import type { OpenSearch, TemplateSearch } from '../records/people/search/template-search.js';
import type { GallerySnapshot } from '../records/people/snapshot.js';
import type { LaneGallery, SecondOpinion } from './decision/lane-gallery.js';

/** A gallery with the comparison by which it is searched. */
export interface GalleryThrough extends LaneGallery {
  readonly comparison: Comparison;
}

/** Templates projected per turn of the event loop: about 3 ms of work behind a linear head of 128 numbers. */
const SLICE = 200;

/**
 * @param stored of trunk vectors; what is in it is not changed.
 * @returns a gallery whose search takes trunk vectors of live faces, as the encoder gives them, and whose snapshot holds
 * what they are compared with.
 * @throws TwinstileError 'gallery-unusable' for templates of another encoder.
 */
export async function galleryThrough(
  comparison: Comparison,
  stored: GallerySnapshot,
  openSearch: OpenSearch,
): Promise<GalleryThrough> {
  const snapshot = await projected(comparison, stored);
  const search = await openSearch(snapshot, comparison.metric);
  const { calibration, reranker } = comparison;
  return {
    comparison,
    snapshot,
    calibration,
    doubts: reranker === undefined ? undefined : secondOpinionBy(reranker, comparison, snapshot, search),
    search: {
      nearest: (probe) => search.nearest(comparison.live(probe)),
      closest: (probe, count) => search.closest(comparison.live(probe), count),
      against: (probe, person) => search.against(comparison.live(probe), person),
      close: () => search.close(),
    },
  };
}

/** The nearest few who are close enough go before the reranker, whose opinion is on the nearest. */
const secondOpinionBy =
  (
    reranker: Reranker,
    { live }: Comparison,
    { matrix, dimension }: GallerySnapshot,
    search: TemplateSearch,
  ): SecondOpinion =>
  async (probe, isClose) => {
    const compared = live(probe);
    const few = await search.closest(compared, reranker.candidates);
    const close = few
      .filter(({ distance }) => isClose(distance))
      .map(({ person, row }) => ({
        person,
        template: matrix.subarray(row * dimension, (row + 1) * dimension),
      }));
    return !believes(reranker, compared, close);
  };

async function projected(comparison: Comparison, stored: GallerySnapshot): Promise<GallerySnapshot> {
  const { trunk, head, digest, dimension } = comparison;
  if (stored.digest !== trunk.digest || stored.dimension !== trunk.dimension)
    throw new TwinstileError({
      code: 'gallery-unusable',
      message: `Expected templates of the encoder ${trunk.digest}, got some of ${stored.digest}.`,
      hint: 'Enrol again with the model pack that is configured.',
    });
  if (head.kind === 'identity') return stored;
  const rows = stored.owners.length;
  const matrix = new Float32Array(rows * dimension);
  for (let row = 0; row < rows; row += SLICE) {
    if (row > 0) await otherWork();
    const slice = stored.matrix.subarray(row * trunk.dimension, (row + SLICE) * trunk.dimension);
    matrix.set(applyHeadToRows(head, 'template', slice), row * dimension);
  }
  return { ...stored, digest, dimension, matrix };
}
