/**
 * Enrolls people from photographs: read, encode, check, store.
 *
 * Several photographs are in flight, but they are checked in the order in which they were given, so that an import
 * repeated ends the same. What was stored is never undone: a killed import is repeated by the same command.
 */
import { createHash } from 'node:crypto';
import { explain, TwinstileError } from '../../base/errors.js';
import type { ModelDigest } from '../../base/ids.js';
import { systemReason } from '../../base/system-error.js';
import type { PhotoEncoder } from '../../vision/ports/vision.js';
import type { CropStore, FaceCropper } from '../people/crop-store.js';
import type { Lookalike } from '../people/enrollment-rules.js';
import type { GalleryStore } from '../people/gallery-store.js';
import {
  type EnrollmentCandidate,
  type EnrollmentProgress,
  type EnrollmentReport,
  EnrollmentTally,
  type PreparedPhoto,
} from './enrollment-report.js';
import { type EnrollmentRules, type EnrollmentSession, openEnrollmentSession } from './enrollment-session.js';

export interface EnrollCandidatesDependencies {
  readonly store: GalleryStore;
  readonly encoder: PhotoEncoder;
  readonly digest: ModelDigest;
  readonly dimension: number;
  readonly rules: EnrollmentRules;
  /** Absent: no picture is kept. */
  readonly crops?: Pick<FaceCropper, 'crop'> & Pick<CropStore, 'keep'>;
  readonly onLookalike?: (refused: Lookalike) => void;
  readonly onProgress?: (progress: EnrollmentProgress) => void;
  /** Photographs held in memory at once. */
  readonly inFlight?: number;
}

/** Keeps the encoder busy while files are read and rows are written. */
const IN_FLIGHT = 6;

/**
 * @throws TwinstileError of the store or the encoder; what was accepted before is stored.
 * When the signal aborts, what is in flight is finished and stored.
 */
export async function enrollCandidates(
  candidates: Iterable<EnrollmentCandidate> | AsyncIterable<EnrollmentCandidate>,
  dependencies: EnrollCandidatesDependencies,
  signal: AbortSignal,
): Promise<EnrollmentReport> {
  const tally = new EnrollmentTally();
  const session = await openEnrollmentSession(dependencies, tally);
  const flight: { readonly candidate: EnrollmentCandidate; readonly prepared: Promise<PreparedPhoto> }[] = [];
  const landNext = async (): Promise<void> => {
    const next = flight.shift();
    if (next === undefined) return;
    await session.take(next.candidate, await next.prepared);
    dependencies.onProgress?.(tally.progress);
  };
  let stopped = false;
  await andStore(session, async () => {
    for await (const candidate of candidates) {
      stopped = signal.aborted;
      if (stopped) break;
      const prepared = prepare(candidate, dependencies);
      // It is awaited when its turn comes; an earlier one may fail first.
      prepared.catch(() => {});
      flight.push({ candidate, prepared });
      if (flight.length >= (dependencies.inFlight ?? IN_FLIGHT)) await landNext();
    }
    while (flight.length > 0) await landNext();
  });
  return tally.report(stopped);
}

async function andStore(session: EnrollmentSession, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    // The first failure is the one to report; if the store failed, storing fails again.
    await session.store().catch(() => {});
    throw error;
  }
  await session.store();
}

async function prepare(
  { read }: EnrollmentCandidate,
  { store, encoder, digest, crops }: EnrollCandidatesDependencies,
): Promise<PreparedPhoto> {
  if (read === undefined) return { kind: 'none' };
  let photo: Uint8Array;
  try {
    photo = await read();
  } catch (error) {
    // One file that cannot be read is an outcome; the import goes on.
    const reason = systemReason(error);
    const why = reason === undefined ? explain(error) : `${reason.got}. ${reason.todo}`;
    const detail = error instanceof TwinstileError ? explain(error) : `The file cannot be read: ${why}`;
    return { kind: 'unreadable', detail };
  }
  const source = createHash('sha256').update(photo).digest('hex');
  const kept = async () => ({ crop: await crops?.crop(photo) });
  // Also of those that are known: a site that begins to keep crops gives the same command again.
  if ((await store.sourcesEncoded(digest, [source])).has(source))
    return { kind: 'known', source, ...(await kept()) };
  const result = await encoder.encode(photo);
  return { kind: 'looked-at', source, result, ...(await kept()) };
}
