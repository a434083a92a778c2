/** Takes badge reads from MQTT: finds the holder, and decides or waits for a face. Each read counts once. */

import { objectionToBadge, objectionToComparison, objectionToHolder } from '../access/admission.js';
import type { LaneDecision, Refused } from '../access/decision.js';
import type { PendingReason } from '../access/decision-reasons.js';
import { visitorWith } from '../access/policy/permission.js';
import type { Claim } from '../access/verify.js';
import { BoundedSet } from '../base/bounded-map.js';
import { badgeId, type PersonId } from '../base/ids.js';
import type { Monotonic } from '../base/units.js';
import { type BadgeMessage, readBadgeMessage } from '../gate/protocol/gate-messages.js';
import type { BusMessage } from '../platform/mqtt/message-bus.js';
import type { BadgeStanding } from '../records/people/gallery-store.js';
import type { DecisionContext, DecisionEngine } from './decision/decision-engine.js';
import { type DocumentReading, readDocumentInView, readDocumentPhoto } from './document-photo.js';
import { TOO_MANY } from './dropped-messages.js';
import { freeExit } from './free-exit.js';
import type { ReaderFaults } from './health/reader-faults.js';
import type { LaneAccess } from './lane-access.js';
import type { LaneDependencies } from './lane-dependencies.js';
import { createBadgeLimit, createPhotoSenders } from './reader-limits.js';

export interface BadgeListenerDependencies {
  readonly access: LaneAccess;
  readonly engine: Pick<DecisionEngine, 'enter'>;
  readonly context: () => DecisionContext;
  /** A face is to follow. */
  readonly onClaim: (claim: Claim) => void;
  /** It is decided already. */
  readonly onLaneDecision: (laneDecision: LaneDecision) => void;
  /** Takes the work of finding the holder; false when as much is in progress as may be. */
  readonly start: (work: () => Promise<void>) => boolean;
  readonly readers: Pick<ReaderFaults, 'notUnderstood' | 'understood'>;
  /** A message that is not used, and why. */
  readonly drop: (topic: string, reason: string) => void;
}

/** QoS 0 repeats nothing by itself; this covers readers that do, and bridges between brokers. */
const READS_REMEMBERED = 256;

/** Listens until the signal aborts. Messages that are retained, malformed, repeated or not asked for are dropped and reported. */
export function listenForBadges(
  lane: LaneDependencies,
  needs: BadgeListenerDependencies,
  signal: AbortSignal,
): void {
  const listener = new BadgeListener(lane, needs, signal);
  lane.ports.bus.subscribe(lane.identity.topics.badge, (message) => {
    if (!signal.aborted) listener.receive(message);
  });
}

class BadgeListener {
  readonly #lane: LaneDependencies;
  readonly #needs: BadgeListenerDependencies;
  readonly #signal: AbortSignal;
  readonly #limit = createBadgeLimit();
  readonly #senders = createPhotoSenders();
  readonly #reads = new BoundedSet<string>(READS_REMEMBERED);

  constructor(lane: LaneDependencies, needs: BadgeListenerDependencies, signal: AbortSignal) {
    this.#lane = lane;
    this.#needs = needs;
    this.#signal = signal;
  }

  /** Starts the work of a message, or drops it. */
  receive({ payload, retained }: BusMessage) {
    const { access, readers, start, onLaneDecision } = this.#needs;
    if (retained) return this.#drop('retained');
    const read = readBadgeMessage(payload);
    if (read.kind === 'not-understood') {
      readers.notUnderstood(read.reader, read.problem);
      return this.#drop('bad-message');
    }
    const { message } = read;
    readers.understood(message.reader);
    const key = `${message.reader}/${message.read}`;
    if (this.#reads.has(key)) return this.#drop('repeated');
    this.#reads.add(key);
    // Before anything is looked up: neither a gallery that cannot be read nor a flood keeps anyone inside.
    if (access.isFreeExit) return onLaneDecision(freeExit());
    const now = this.#lane.ports.clock.monotonic();
    const isStarted = this.#limit.take(message.reader, now) && start(() => this.#handle(message, now));
    if (!isStarted) this.#drop(TOO_MANY);
  }

  #drop(reason: string): void {
    this.#needs.drop(this.#lane.identity.topics.badge, reason);
  }

  async #handle(message: BadgeMessage, at: Monotonic): Promise<void> {
    const { access, context } = this.#needs;
    const standing = await this.#lane.ports.standingOf(badgeId(message.badge));
    if (holderOf(standing) !== undefined) {
      this.#limit.known(message.reader);
      this.#senders.proved(message.reader, at);
    }
    if (this.#signal.aborted) return;
    const asked = access.asked(context());
    const takesBadgeAndFace =
      this.#lane.rules.verification !== undefined &&
      // A person who shows more than is asked for is not refused where the lane has stepped down to badge and face.
      (asked?.badgeThenFace !== false || context().mode === 'verification');
    const holder = holderOf(standing);
    const suffices = asked?.badgeAlone === true || (holder !== undefined && access.badgeSuffices(holder));
    if (suffices) await this.#decideBadgeAlone(standing);
    else if (takesBadgeAndFace) await this.#claimFor(message, standing, at);
    else this.#drop('not-asked-for');
  }

  async #decideBadgeAlone(standing: BadgeStanding): Promise<void> {
    const { engine, context, onLaneDecision } = this.#needs;
    const holder = holderOf(standing);
    const person = holder === undefined ? undefined : await this.#lane.features?.access?.personOf(holder);
    if (this.#signal.aborted) return;
    const now = context();
    const objection =
      now.mode === 'closed'
        ? 'degraded'
        : (objectionToBadge(standing) ?? objectionToHolder(person, now.wall));
    if (objection !== undefined || person === undefined)
      return onLaneDecision({ ...refused(standing, objection ?? 'badge-unknown'), mode: 'badge' });
    if (!engine.enter(person.id, now.now)) return this.#drop('repeated');
    onLaneDecision({
      verdict: 'granted',
      reason: 'badge-accepted',
      mode: 'badge',
      badge: standing.badge,
      person: person.id,
      frames: 0,
    });
  }

  /** Claims the badge for a face that is to follow: that of the holder in the gallery, else that of the document. */
  async #claimFor(message: BadgeMessage, standing: BadgeStanding, at: Monotonic): Promise<void> {
    const { onClaim, onLaneDecision } = this.#needs;
    const { badge } = standing;
    const claim = { badge, read: message.read, at };
    const objection = objectionToBadge(standing);
    if (objection !== undefined) return onLaneDecision(refused(standing, objection));
    const holder = holderOf(standing);
    if (holder !== undefined && this.#lane.gallery().snapshot.people.has(holder))
      return onClaim({ ...claim, person: holder });
    const readDocument = this.#documentOf(message);
    if (holder === undefined && readDocument === undefined)
      return onLaneDecision(
        refused(standing, message.photo === undefined ? 'badge-unknown' : 'badge-foreign'),
      );
    const objectionToPerson = await this.#objectionToHolder(holder, readDocument !== undefined);
    if (objectionToPerson !== undefined) return onLaneDecision(refused(standing, objectionToPerson));
    if (readDocument === undefined)
      return holder === undefined ? undefined : onClaim({ ...claim, person: holder });
    const document = await readDocument();
    if (this.#signal.aborted) return;
    if (document.kind === 'none' && document.isOverBudget === true) this.#drop(TOO_MANY);
    if (document.kind === 'none') return onLaneDecision(refused(standing, document.reason));
    if (message.photo !== undefined) this.#senders.proved(message.reader, at);
    const now = this.#lane.ports.clock.monotonic();
    onClaim({ ...claim, person: holder ?? visitorWith(badge), at: now, pass: document.pass });
  }

  /** Why a holder who is not in the gallery may not be compared; undefined when they may, or where no person is known. */
  async #objectionToHolder(
    holder: PersonId | undefined,
    hasDocument: boolean,
  ): Promise<PendingReason | undefined> {
    const access = this.#lane.features?.access;
    if (holder === undefined || (!hasDocument && access === undefined)) return undefined;
    const person = await access?.personOf(holder);
    return objectionToComparison(person, this.#needs.context().wall);
  }

  /** Undefined where the lane takes no photograph for this badge. A photograph that the reader verified goes first. */
  #documentOf({ photo, reader }: BadgeMessage): (() => Promise<DocumentReading>) | undefined {
    const documents = this.#lane.features?.documents;
    if (documents === undefined) return undefined;
    const { photos, camera } = documents;
    if (photo !== undefined)
      return () => readDocumentPhoto(Buffer.from(photo, 'base64'), this.#senders.of(reader), photos);
    return camera === undefined ? undefined : () => readDocumentInView(camera, photos);
  }
}

const holderOf = (standing: BadgeStanding): PersonId | undefined =>
  standing.kind === 'held' ? standing.person : undefined;

/** The journal names the holder, also of a revoked badge. */
function refused(standing: BadgeStanding, reason: PendingReason): Refused {
  const { badge } = standing;
  const person = standing.kind === 'revoked' ? standing.person : holderOf(standing);
  const refusal: Refused = { verdict: 'refused', reason, mode: 'verification', badge, frames: 0 };
  return person === undefined ? refusal : { ...refusal, person };
}
