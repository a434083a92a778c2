/** Badges that a reader tells of: whose they are and what they are good for, each read once. */

import { objectionToBadge, objectionToComparison, objectionToHolder } from '../access/admission.js';
import type { LaneDecision, Refused } from '../access/decision.js';
import type { PendingReason } from '../access/decision-reasons.js';
import { visitorWith } from '../access/policy/visitor.js';
import type { Claim } from '../access/verify.js';
import { badgeId, type PersonId } from '../base/ids.js';
import type { Monotonic } from '../base/units.js';
import type { BadgeMessage } from '../gate/protocol/gate-messages.js';
import { readBadgeMessage } from '../gate/protocol/read-badge-message.js';
import type { BadgeStanding } from '../records/people/badge-standing.js';
import { createBadgeLimit } from './badge-limit.js';
import type { DecisionContext, DecisionEngine } from './decision/decision-engine.js';
import { type DocumentReading, readDocumentInView, readDocumentPhoto } from './document-photo.js';
import { TOO_MANY } from './dropped-messages.js';
import { freeExit } from './free-exit.js';
import type { ReaderFaults } from './health/reader-faults.js';
import type { LaneAccess } from './lane-access.js';
import type { LaneDependencies } from './lane-dependencies.js';
import { createPhotoSenders } from './photo-senders.js';

export interface BadgeEars {
  readonly access: LaneAccess;
  readonly engine: Pick<DecisionEngine, 'enter'>;
  readonly context: () => DecisionContext;
  /** A face is to follow. */
  readonly onClaim: (claim: Claim) => void;
  /** It is decided already. */
  readonly onLaneDecision: (laneDecision: LaneDecision) => void;
  /** Takes the work of finding the holder; false when as much is under way as may be. */
  readonly start: (work: () => Promise<void>) => boolean;
  readonly readers: Pick<ReaderFaults, 'notUnderstood' | 'understood'>;
  /** A message that is not used, and why. */
  readonly drop: (topic: string, reason: string) => void;
}

/** QoS 0 repeats nothing by itself; this covers readers that do, and bridges between brokers. */
const READS_REMEMBERED = 256;

/** Listens until the signal aborts. What is retained, malformed, repeated or not asked for is dropped and told. */
export function listenForBadges(parts: LaneDependencies, ears: BadgeEars, signal: AbortSignal): void {
  const { gallery, rules, features = {} } = parts;
  const { bus, clock, standingOf } = parts.ports;
  const { topics } = parts.identity;
  const { documents } = features;
  const { access, engine, context, onClaim, onLaneDecision, start } = ears;
  const limit = createBadgeLimit();
  const senders = createPhotoSenders();
  const known = new Set<string>();
  const drop = (reason: string) => ears.drop(topics.badge, reason);

  /** Nothing where the lane takes no photograph for this badge. A photograph that the reader vouches for goes first. */
  const passOf = ({ photo, reader }: BadgeMessage): (() => Promise<DocumentReading>) | undefined => {
    if (documents === undefined) return undefined;
    const { photos, camera } = documents;
    if (photo !== undefined)
      return () => readDocumentPhoto(Buffer.from(photo, 'base64'), senders.of(reader), photos);
    return camera === undefined ? undefined : () => readDocumentInView(camera, photos);
  };
  const withFace = async (message: BadgeMessage, standing: BadgeStanding, at: Monotonic) => {
    const { badge } = standing;
    const claim = { badge, read: message.read, at };
    const wrong = objectionToBadge(standing);
    if (wrong !== undefined) return onLaneDecision(refused(standing, wrong));
    const holder = holderOf(standing);
    if (holder !== undefined && gallery().snapshot.people.has(holder))
      return onClaim({ ...claim, person: holder });
    const readPass = passOf(message);
    if (holder === undefined && readPass === undefined)
      return onLaneDecision(
        refused(standing, message.photo === undefined ? 'badge-unknown' : 'badge-foreign'),
      );
    if (holder !== undefined && (readPass !== undefined || features.access !== undefined)) {
      const person = await features.access?.personOf(holder);
      const objection = objectionToComparison(person, context().wall);
      if (objection !== undefined) return onLaneDecision(refused(standing, objection));
    }
    if (readPass === undefined)
      return holder === undefined ? undefined : onClaim({ ...claim, person: holder });
    const read = await readPass();
    if (signal.aborted) return;
    if (read.kind === 'none' && read.isOverBudget === true) drop(TOO_MANY);
    if (read.kind === 'none') return onLaneDecision(refused(standing, read.reason));
    if (message.photo !== undefined) senders.proved(message.reader, at);
    onClaim({ ...claim, person: holder ?? visitorWith(badge), at: clock.monotonic(), pass: read.pass });
  };
  const alone = async (standing: BadgeStanding) => {
    const holder = holderOf(standing);
    const person = holder === undefined ? undefined : await features.access?.personOf(holder);
    if (signal.aborted) return;
    const now = context();
    const objection =
      now.mode === 'closed'
        ? 'degraded'
        : (objectionToBadge(standing) ?? objectionToHolder(person, now.wall));
    if (objection !== undefined || person === undefined)
      return onLaneDecision({ ...refused(standing, objection ?? 'badge-unknown'), mode: 'badge' });
    if (!engine.enter(person.id, now.now)) return drop('repeated');
    const { badge } = standing;
    onLaneDecision({
      verdict: 'granted',
      reason: 'badge-accepted',
      mode: 'badge',
      badge,
      person: person.id,
      frames: 0,
    });
  };
  const look = async (message: BadgeMessage, at: Monotonic) => {
    const standing = await standingOf(badgeId(message.badge));
    if (holderOf(standing) !== undefined) {
      limit.known(message.reader);
      senders.proved(message.reader, at);
    }
    if (signal.aborted) return;
    const asked = access.asked(context());
    if (asked?.badgeAlone === true) await alone(standing);
    // One who shows more than is asked for is not turned away where the lane has stepped down to badge and face.
    else if (
      rules.verification !== undefined &&
      (asked?.badgeThenFace !== false || context().mode === 'verification')
    )
      await withFace(message, standing, at);
    else drop('not-asked-for');
  };

  bus.subscribe(topics.badge, ({ payload, retained }) => {
    if (signal.aborted) return;
    if (retained) return drop('retained');
    const heard = readBadgeMessage(payload);
    if (heard.kind === 'not-understood') {
      ears.readers.notUnderstood(heard.reader, heard.problem);
      return drop('bad-message');
    }
    const { message } = heard;
    ears.readers.understood(message.reader);
    const key = `${message.reader}/${message.read}`;
    if (known.has(key)) return drop('repeated');
    known.add(key);
    const [oldest] = known;
    if (known.size > READS_REMEMBERED && oldest !== undefined) known.delete(oldest);
    // Before anything is looked up: neither a gallery that cannot be read nor a flood keeps anybody in.
    if (access.isFreeExit) return onLaneDecision(freeExit());
    const now = clock.monotonic();
    if (!limit.take(message.reader, now) || !start(() => look(message, now))) drop(TOO_MANY);
  });
}

const holderOf = (standing: BadgeStanding): PersonId | undefined =>
  standing.kind === 'held' ? standing.person : undefined;

/** Whose badge it is stands in the journal, also of one that is revoked. */
function refused(standing: BadgeStanding, reason: PendingReason): Refused {
  const { badge } = standing;
  const person = standing.kind === 'revoked' ? standing.person : holderOf(standing);
  const ruling: Refused = { verdict: 'refused', reason, mode: 'verification', badge, frames: 0 };
  return person === undefined ? ruling : { ...ruling, person };
}
