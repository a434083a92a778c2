/** Enrolls a person with looks from a lane's own camera, for a client of core's socket. */

import { explain, TwinstileError } from '../../base/errors.js';
import { badgeId, type LaneId, laneId, type PersonId, personId, type SiteId } from '../../base/ids.js';
import { readBadgeText, readName } from '../../base/names.js';
import { type WallTime, wallTime } from '../../base/units.js';
import { cameraCondition, type Light } from '../../biometrics/conditions/capture-condition.js';
import type { GalleryThrough } from '../../lane/gallery-through.js';
import { enrollLooks } from '../../records/enrollment/enroll-looks.js';
import type { EnrollmentDependencies } from '../../records/enrollment/enrollment-session.js';
import type { LookRules } from '../../records/enrollment/guided-looks.js';
import { captureLooks } from '../../records/enrollment/look-capture.js';
import type { Act, Actor, ActSource } from '../../records/journal/act.js';
import type { Lookalike } from '../../records/people/enrollment-rules.js';
import type { GalleryStore } from '../../records/people/gallery-store.js';
import type { Person } from '../../records/people/person.js';
import { readConsentText } from '../../records/people/record-rules.js';
import type { CoreServices, Enrolled, EnrollRequest, EnrollWatch } from './core-session.js';
import type { LaneWatches } from './lane-watches.js';
import { createLiveEnrollmentGallery } from './live-enrollment-gallery.js';

/** What remains of an enrollment besides templates. */
interface EnrollmentTraces {
  readonly record: (source: ActSource, act: Act) => Promise<unknown>;
  /** A person was refused who looks like another: only counts of distances are to remain. */
  readonly onLookalike?: (refused: Lookalike, gallery: GalleryThrough) => Promise<void>;
}

export interface LaneEnrollmentDependencies extends EnrollmentTraces {
  readonly site: SiteId;
  readonly lanes: readonly string[];
  readonly watches: LaneWatches;
  readonly rulesOf: (lane: LaneId) => LookRules;
  /** The gallery in which each change is journalled under this source; closed after use. */
  readonly openStore: (source: ActSource) => Promise<GalleryStore>;
  readonly galleryOf: (lane: LaneId, light?: Light) => GalleryThrough;
  /** By which rules looks are compared. @param lookalikes whether with those of others as well. */
  readonly rulesFor: (lane: LaneId, lookalikes: boolean) => Omit<EnrollmentDependencies, 'store'>;
  readonly storedName: (person: PersonId) => Promise<string | undefined>;
  readonly now: () => WallTime;
}

/** Returns the handler of `enroll`. One enrollment at a time and lane. */
export function createLaneEnrollment(dependencies: LaneEnrollmentDependencies): CoreServices['enroll'] {
  const busy = new Set<string>();
  return async (request, actor, watch) => {
    if (!dependencies.lanes.includes(request.lane)) throw unknownLane(request.lane, dependencies.lanes);
    if (busy.has(request.lane)) throw occupied(request.lane);
    busy.add(request.lane);
    try {
      return await enrollAt(laneId(request.lane), request, { dependencies, actor, watch });
    } finally {
      busy.delete(request.lane);
    }
  };
}

interface EnrollmentContext {
  readonly dependencies: LaneEnrollmentDependencies;
  readonly actor: Actor;
  readonly watch: EnrollWatch;
}

async function enrollAt(
  lane: LaneId,
  request: EnrollRequest,
  { dependencies, actor, watch }: EnrollmentContext,
): Promise<Enrolled> {
  const { site, watches, rulesOf, openStore, rulesFor, record, now } = dependencies;
  const source: ActSource = { actor, now };
  // The record is validated before a person has to be in front of the camera.
  const stored = await dependencies.storedName(personId(request.person.id));
  const { person, badges } = recordOf(request, now(), stored);
  const capture = captureLooks({ rules: rulesOf(lane), onProgress: watch.onProgress }, watch.signal);
  const stop = watches.of(lane).listen((report) => capture.see(report));
  const fact = { lane, person: person.id, via: 'socket' };
  try {
    const looks = await capture.looks;
    const store = await openStore(source);
    const gallery = dependencies.galleryOf(lane, looks[0]?.light);
    const lookalikes: Lookalike[] = [];
    try {
      const report = await enrollLooks(
        { person, badges, looks, conditionOf: ({ light }) => cameraCondition(site, lane, light) },
        createLiveEnrollmentGallery(gallery),
        {
          ...rulesFor(lane, request.lookalikes),
          store,
          onLookalike: (refused) => lookalikes.push(refused),
        },
      );
      // One look: those of one person are near copies.
      if (lookalikes[0] !== undefined) await dependencies.onLookalike?.(lookalikes[0], gallery);
      const act =
        report.accepted > 0 && report.refusals.length === 0 ? 'enrolled-at-lane' : 'enrollment-refused';
      await record(source, { ...fact, act, reason: report.refusals[0]?.reason });
      return {
        accepted: report.refusals.length === 0 ? report.accepted : 0,
        refusals: report.refusals.map(({ reason, sentence }) => ({ reason, sentence })),
        hasConsent: person.consent !== undefined,
      };
    } finally {
      await store.close();
    }
  } catch (error) {
    await record(source, { ...fact, act: 'enrollment-refused', reason: codeOf(error) });
    throw error;
  } finally {
    stop();
  }
}

/** @throws TwinstileError 'bad-arguments'. */
function recordOf({ person, badges }: EnrollRequest, now: WallTime, stored: string | undefined) {
  const name = readName(person.name ?? stored ?? person.id);
  if (name.kind === 'refused') throw bad('a name that can be printed', name.got);
  const textVersion = person.consentText === undefined ? undefined : readConsentText(person.consentText);
  if (person.consentText !== undefined && textVersion === undefined)
    throw bad('the version of the text that was agreed to', 'something else');
  const record: Person = {
    id: personId(person.id),
    name: name.name,
    consent: textVersion === undefined ? undefined : { textVersion, givenAt: now },
    validFrom: person.validFrom === undefined ? undefined : wallTime(person.validFrom),
    validUntil: person.validUntil === undefined ? undefined : wallTime(person.validUntil),
  };
  const read = badges.map((written) => {
    const badge = readBadgeText(written);
    if (badge === undefined) throw bad('a badge as the reader reports it', written);
    return badgeId(badge);
  });
  return { person: record, badges: read };
}

const codeOf = (error: unknown): string => (error instanceof TwinstileError ? error.code : explain(error));

const bad = (expected: string, got: string): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected ${expected}, got ${got}.`,
    hint: 'Correct it, then run the same command again.',
  });

const unknownLane = (lane: string, lanes: readonly string[]): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected a lane of this box, got "${lane}".`,
    hint: lanes.length === 0 ? 'This box has none.' : `Its lanes: ${lanes.join(', ')}.`,
  });

const occupied = (lane: string): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected a lane at which nobody is being enrolled, got ${lane}, where somebody is.`,
    hint: 'Wait until that is done, at most 90 s.',
  });
