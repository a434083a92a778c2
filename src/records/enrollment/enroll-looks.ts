/** Enrolls a person from looks that a camera took: all of them or none, by the rules for photographs. */
import { createHash } from 'node:crypto';
import { TwinstileError } from '../../base/errors.js';
import type { CaptureCondition } from '../../biometrics/conditions/capture-condition.js';
import type { EnrollmentGallery } from '../people/growing-gallery.js';
import { type EnrollmentCandidate, type EnrollmentReport, EnrollmentTally } from './enrollment-report.js';
import { type EnrollmentDependencies, EnrollmentSession } from './enrollment-session.js';
import type { Look } from './guided-looks.js';

export interface LookEnrollment {
  readonly person: EnrollmentCandidate['person'];
  readonly badges: EnrollmentCandidate['badges'];
  readonly looks: readonly Look[];
  /** Where a look was captured. */
  readonly conditionOf: (look: Look) => CaptureCondition;
}

/**
 * Returns what became of the looks. Where one of them is refused, nothing is stored: a person who resembles another would
 * otherwise be enrolled by half.
 * @param gallery what the looks are compared with.
 * @throws TwinstileError of the store.
 */
export async function enrollLooks(
  { person, badges, looks, conditionOf }: LookEnrollment,
  gallery: EnrollmentGallery,
  dependencies: EnrollmentDependencies,
): Promise<EnrollmentReport> {
  const tally = new EnrollmentTally();
  const session = new EnrollmentSession(dependencies, tally, gallery);
  for (const [index, look] of looks.entries()) {
    const { box, interOcular, embedding } = look;
    await session.take(
      { person, badges, file: `look ${index + 1}`, read: noFile, condition: conditionOf(look) },
      {
        kind: 'looked-at',
        source: sourceOf(embedding),
        result: { kind: 'faces', faces: [{ box, interOcular, problems: [], embedding }] },
      },
    );
  }
  const report = tally.report(false);
  if (report.refusals.length === 0) await session.store();
  return report;
}

/** There is no picture whose bytes could be hashed; the vector is as individual. */
const sourceOf = (embedding: Float32Array): string =>
  createHash('sha256')
    .update('twinstile-look-v1')
    .update(new Uint8Array(embedding.buffer, embedding.byteOffset, embedding.byteLength))
    .digest('hex');

const noFile = (): Promise<never> =>
  Promise.reject(new TwinstileError({ code: 'internal', message: 'Expected a photograph, got a look.' }));
