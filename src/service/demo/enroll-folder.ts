/** Enrols a folder of photographs, one subfolder per person, for the demonstration. */

import { personId } from '../../base/ids.js';
import { sidesByMetric } from '../../biometrics/head/comparison.js';
import { digestOf, type ModelCard } from '../../biometrics/model-card.js';
import { MAX_PHOTO_FILE, readPlainFile } from '../../platform/plain-file.js';
import { systemClock } from '../../platform/system-clock.js';
import { enrollCandidates } from '../../records/enrollment/enroll.js';
import type { EnrollmentCandidate, EnrollmentReport } from '../../records/enrollment/enrollment-report.js';
import { photosByPerson } from '../../records/enrollment/photo-folder.js';
import type { PhotoEncoder } from '../../vision/ports/vision.js';
import type { Config } from '../config/config-schema.js';
import { withGallery } from '../setup/open-gallery.js';

/** The user who starts the demonstration with photographs consents for these people, on this machine, until it ends. */
const CONSENT = 'demonstration';

export async function enrollFolder(
  folder: string,
  config: Config,
  { encoder, card }: { readonly encoder: PhotoEncoder; readonly card: ModelCard },
  signal: AbortSignal,
): Promise<EnrollmentReport> {
  const consent = { textVersion: CONSENT, givenAt: systemClock.wall() };
  const candidates = (await photosByPerson(folder)).map(
    ({ person, path }): EnrollmentCandidate => ({
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
      enrollCandidates(
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
