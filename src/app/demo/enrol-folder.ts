/** Enrols a folder of photographs, one subfolder per person, for the demonstration. */
import { photosByPerson } from '../../adapters/files/photo-folder.js';
import { systemClock } from '../../adapters/system/clock.js';
import { personId } from '../../base/ids.js';
import { MAX_PHOTO_FILE, readPlainFile } from '../../base/plain-file.js';
import type { Config } from '../../config/schema.js';
import type { Candidate } from '../../pipeline/enrol/candidate.js';
import { enrol } from '../../pipeline/enrol/enrol.js';
import type { EnrolReport } from '../../pipeline/enrol/report.js';
import type { PhotoEncoder } from '../../ports/vision.js';
import { digestOf, type ModelCard } from '../../siamese/card.js';
import { sidesByMetric } from '../../siamese/head/comparison.js';
import { withGallery } from '../gallery/open-gallery.js';

/** Whoever starts the demonstration with photographs agrees to it for these people, on this machine, until it ends. */
const CONSENT = 'demonstration';

export async function enrolFolder(
  folder: string,
  config: Config,
  { encoder, card }: { readonly encoder: PhotoEncoder; readonly card: ModelCard },
  signal: AbortSignal,
): Promise<EnrolReport> {
  const consent = { textVersion: CONSENT, givenAt: systemClock.wall() };
  const candidates = (await photosByPerson(folder)).map(
    ({ person, path }): Candidate => ({
      person: { id: personId(person), name: person, consent },
      badges: [],
      file: path,
      read: () => readPlainFile(path, { maxBytes: MAX_PHOTO_FILE }),
    }),
  );
  return withGallery(
    config,
    undefined,
    ({ gallery: store }) =>
      enrol(
        candidates,
        {
          store,
          encoder,
          digest: digestOf(card),
          dimension: card.encoder.dimension,
          // Two of the film's people may look alike to the built-in pack, which is no reason to leave one out here.
          rules: {
            sides: sidesByMetric(card.encoder.metric),
            limits: () => ({}),
            tolerated: [],
            clock: systemClock,
          },
        },
        signal,
      ),
    'create',
  );
}
