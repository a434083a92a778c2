/** Badges that a reader tells of: whose they are and what they are good for, each read once. */
import { badgeId, type PersonId } from '../../base/ids.js';
import type { Monotonic } from '../../base/units.js';
import { visitorWith } from '../../decision/access/visitor.js';
import { objectionToHolder } from '../../decision/admission.js';
import type { Refused, Ruling } from '../../decision/decision.js';
import type { HoldReason } from '../../decision/reasons.js';
import type { Claim } from '../../decision/verify.js';
import { type BadgeMessage, badgeMessage, LONGEST_BADGE_MESSAGE, readMessage } from '../../gate/messages.js';
import type { LaneAccess } from './access.js';
import { createBadgeLimit } from './badge-limit.js';
import { TOO_MANY } from './dropped-messages.js';
import { freeExit } from './free-exit.js';
import type { LaneJudge, Moment } from './judge/judge.js';
import type { LaneParts } from './parts.js';
import { lookForPass, type PassRead, readPassPhoto } from './pass-photo.js';

export interface BadgeEars {
  readonly access: LaneAccess;
  readonly judge: Pick<LaneJudge, 'enter'>;
  readonly moment: () => Moment;
  /** A face is to follow. */
  readonly onClaim: (claim: Claim) => void;
  /** It is decided already. */
  readonly onRuling: (ruling: Ruling) => void;
  /** Takes the work of finding the holder; false when as much is under way as may be. */
  readonly start: (work: () => Promise<void>) => boolean;
  /** A message that is not used, and why. */
  readonly drop: (topic: string, reason: string) => void;
}

/** QoS 0 repeats nothing by itself; this covers readers that do, and bridges between brokers. */
const READS_REMEMBERED = 256;

/** Listens until the signal aborts. What is retained, malformed, repeated or not asked for is dropped and told. */
export function listenForBadges(parts: LaneParts, ears: BadgeEars, signal: AbortSignal): void {
  const { bus, topics, clock, gallery, holderOf, rules, passPhotos, passCamera } = parts;
  const { access, judge, moment, onClaim, onRuling, start } = ears;
  const limit = createBadgeLimit();
  const known = new Set<string>();
  const drop = (reason: string) => ears.drop(topics.badge, reason);

  /** Nothing where the lane takes no photograph for this badge. A photograph that the reader vouches for goes first. */
  const passOf = ({ photo }: BadgeMessage): (() => Promise<PassRead>) | undefined => {
    if (passPhotos === undefined) return undefined;
    if (photo !== undefined) return () => readPassPhoto(Buffer.from(photo, 'base64'), passPhotos);
    return passCamera === undefined ? undefined : () => lookForPass(passCamera, passPhotos);
  };
  const withFace = async (message: BadgeMessage, holder: PersonId | undefined, at: Monotonic) => {
    const badge = badgeId(message.badge);
    const claim = { badge, read: message.read, at };
    const hasTemplate = holder !== undefined && gallery().snapshot.people.has(holder);
    const readPass = passOf(message);
    if (readPass === undefined || hasTemplate) {
      if (holder === undefined) onRuling(refused(message, 'badge-unknown'));
      else onClaim({ ...claim, person: holder });
      return;
    }
    const objection =
      holder === undefined
        ? undefined
        : objectionToHolder(await parts.access?.personOf(holder), moment().wall);
    if (objection !== undefined) return onRuling(refused(message, objection, holder));
    const read = await readPass();
    if (signal.aborted) return;
    if (read.kind === 'none') return onRuling(refused(message, read.reason));
    onClaim({ ...claim, person: holder ?? visitorWith(badge), at: clock.monotonic(), pass: read.pass });
  };
  const alone = async (message: BadgeMessage, holder: PersonId | undefined) => {
    const person = holder === undefined ? undefined : await parts.access?.personOf(holder);
    if (signal.aborted) return;
    const now = moment();
    const objection = now.mode === 'closed' ? 'degraded' : objectionToHolder(person, now.wall);
    if (objection !== undefined || person === undefined)
      return onRuling({ ...refused(message, objection ?? 'badge-unknown', holder), mode: 'badge' });
    if (!judge.enter(person.id, now.now)) return drop('repeated');
    const badge = badgeId(message.badge);
    onRuling({
      verdict: 'granted',
      reason: 'badge-accepted',
      mode: 'badge',
      badge,
      person: person.id,
      frames: 0,
    });
  };
  const look = async (message: BadgeMessage, at: Monotonic) => {
    const holder = await holderOf(badgeId(message.badge));
    if (holder !== undefined) limit.known(message.reader);
    if (signal.aborted) return;
    const asked = access.asked(moment());
    if (asked?.badgeAlone === true) await alone(message, holder);
    // One who shows more than is asked for is not turned away where the lane has stepped down to badge and face.
    else if (
      rules.verification !== undefined &&
      (asked?.badgeThenFace !== false || moment().mode === 'verification')
    )
      await withFace(message, holder, at);
    else drop('not-asked-for');
  };

  bus.subscribe(topics.badge, ({ payload, retained }) => {
    if (signal.aborted) return;
    if (retained) return drop('retained');
    const message = readMessage(badgeMessage, payload, LONGEST_BADGE_MESSAGE);
    if (message === undefined) return drop('bad-message');
    const key = `${message.reader}/${message.read}`;
    if (known.has(key)) return drop('repeated');
    known.add(key);
    const [oldest] = known;
    if (known.size > READS_REMEMBERED && oldest !== undefined) known.delete(oldest);
    // Before anything is looked up: neither a gallery that cannot be read nor a flood keeps anybody in.
    if (access.isFreeExit) return onRuling(freeExit());
    const now = clock.monotonic();
    if (!limit.take(message.reader, now) || !start(() => look(message, now))) drop(TOO_MANY);
  });
}

const refused = ({ badge }: BadgeMessage, reason: HoldReason, person?: PersonId): Refused => ({
  verdict: 'refused',
  reason,
  mode: 'verification',
  badge: badgeId(badge),
  frames: 0,
  ...(person === undefined ? {} : { person }),
});
