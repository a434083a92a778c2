/**
 * Decides which operator commands are processed, and whose rate limits they use.
 *
 * The operator that a command names is a claim until the signature is checked. So only verified commands use the limits of a
 * name: forgeries share those of unknown users, signatures are checked at one rate for all, and no flood denies an operator a
 * challenge.
 */

import { within } from '../base/delay.js';
import { explain, TwinstileError } from '../base/errors.js';
import { createKeyedTokenBuckets, createTokenBucket, type RateLimit } from '../base/token-bucket.js';
import { type Millis, type Monotonic, millis, type WallTime } from '../base/units.js';
import {
  type Authority,
  authorizeCommand,
  type CommandChallenges,
  type Denial,
} from '../gate/operator-command/authority.js';
import type { TakenCommands } from '../gate/operator-command/operator-commands.js';
import {
  type CommandMessage,
  isOperation,
  type Operation,
} from '../gate/operator-command/operator-messages.js';
import type { LaneDependencies } from './lane-dependencies.js';

/** For each user of the broker, and for all unknown users together. */
const RECEIVED: RateLimit = { burst: 100, perSecond: 50 };
/** A check takes 0.1 ms: at most a tenth of a core, for all operators together. */
const CHECKED: RateLimit = { burst: 1000, perSecond: 1000 };
/** In addition: holders of a challenge, which a forger cannot guess, are not limited by forgeries. */
const CHECKED_OF_CHALLENGE: RateLimit = { burst: 1, perSecond: 0.2 };
/** A name gets 650 challenges at most in the 30 s for which they are good. */
const MAX_CHALLENGES = 4096;
/** Of each name: asked for challenges that are answered one by one. */
const ASKED: RateLimit = { burst: 50, perSecond: 10 };
/** Of each name: beyond that, one challenge for all who ask in it. */
const SHARED: RateLimit = { burst: 1, perSecond: 10 };
const MAX_KEYS = 256;
const UNKNOWN_SENDERS = 'strangers';

export type Admitted =
  | { readonly kind: 'challenge'; readonly operator: string; readonly shared: boolean }
  | {
      readonly kind: 'allowed';
      readonly operation: Operation;
      readonly operator: string;
      readonly by: 'signature' | 'broker';
      readonly sender: string;
    }
  | { readonly kind: 'denied'; readonly reason: Denial | 'unknown-operation'; readonly sender: string };

export interface CommandAdmissionDependencies {
  /** "twinstile/SITE/LANE" */
  readonly lane: string;
  readonly authority: () => Authority;
  readonly challenges: CommandChallenges;
}

export interface CommandAdmission {
  /** @returns undefined for a message that is not looked at: there are too many. */
  judge(
    name: string,
    message: CommandMessage,
    user: string | undefined,
    now: Monotonic,
  ): Admitted | undefined;
}

export function createCommandAdmission({
  lane,
  authority,
  challenges,
}: CommandAdmissionDependencies): CommandAdmission {
  const heard = createKeyedTokenBuckets(RECEIVED, MAX_KEYS);
  const asked = createKeyedTokenBuckets(ASKED, MAX_KEYS);
  const shared = createKeyedTokenBuckets(SHARED, MAX_KEYS);
  const ofChallenge = createKeyedTokenBuckets(CHECKED_OF_CHALLENGE, MAX_CHALLENGES);
  const checked = createTokenBucket(CHECKED);

  const askChallenge = (operator: string, now: Monotonic): Admitted | undefined => {
    if (asked.take(operator, now)) return { kind: 'challenge', operator, shared: false };
    return shared.take(operator, now) ? { kind: 'challenge', operator, shared: true } : undefined;
  };
  /** A stale challenge costs no check of a signature. */
  const isCheckable = ({ operator, challenge, signature }: CommandMessage, now: Monotonic): boolean =>
    operator !== undefined &&
    challenge !== undefined &&
    signature !== undefined &&
    authority().operators.has(operator) &&
    challenges.stateOf(challenge, operator, now) !== 'stale';

  return {
    judge(name, message, user, now) {
      const { operator, challenge = '' } = message;
      const { operators, brokerUsers } = authority();
      if (name === 'challenge' && user === undefined && operator !== undefined && operators.has(operator))
        return askChallenge(operator, now);
      const signed = user === undefined && isOperation(name) && isCheckable(message, now);
      const claimed = user !== undefined && brokerUsers.has(user) ? `user ${user}` : UNKNOWN_SENDERS;
      const isHeard = signed
        ? ofChallenge.take(challenge, now) || checked.take(now)
        : heard.take(claimed, now);
      if (!isHeard) return undefined;
      if (name === 'challenge') return { kind: 'denied', reason: 'unknown-operator', sender: claimed };
      if (!isOperation(name)) return { kind: 'denied', reason: 'unknown-operation', sender: claimed };
      const asking = { lane, operation: name, message, ...(user !== undefined && { user }) };
      const judgement = authorizeCommand(asking, authority(), challenges, now);
      // A copy of a good order proves nothing about who sent it.
      if (judgement.kind === 'denied') {
        const isProven = signed && judgement.reason === 'not-allowed';
        const sender = isProven ? `operator ${operator}` : claimed;
        return { kind: 'denied', reason: judgement.reason, sender };
      }
      const sender = signed ? `operator ${judgement.operator}` : claimed;
      return { ...judgement, operation: name, sender };
    },
  };
}

/**
 * Checks unsigned commands of broker users: each is valid once.
 *
 * A copy that was stored somewhere (a bridge, a queue, a recording) looks like the command. Accepted ones are stored in the
 * database, so that none is valid again after a restart; one with the time at which it was given is valid for a minute only.
 */
export type UnsignedObjection = 'repeated' | 'stale-command' | 'journal-failed';

export interface UnsignedCommands {
  /** @returns why it is not done; after 2 s at the latest. The transaction is used up by asking. */
  objectionTo(user: string, message: CommandMessage): Promise<UnsignedObjection | undefined>;
}

/** Both clocks are set by the same network; a person waits no longer for a button. */
const MAX_AGE: Millis = millis(60_000);
const WRITE_LIMIT: Millis = millis(2000);
/** In addition to the database, which may be slow or broken for a while. */
const MAX_REMEMBERED = 256;

export function createUnsignedCommands(
  { identity, ports, observer }: Pick<LaneDependencies, 'identity' | 'ports' | 'observer'>,
  taken: TakenCommands | undefined,
): UnsignedCommands {
  const { clock } = ports;
  const known = new Set<string>();
  const isKnown = (key: string): boolean => {
    if (known.has(key)) return true;
    known.add(key);
    const [oldest] = known;
    if (known.size > MAX_REMEMBERED && oldest !== undefined) known.delete(oldest);
    return false;
  };
  return {
    async objectionTo(user, { transaction, at }) {
      const now = clock.wall();
      if (at !== undefined && !isFresh(at, now)) return 'stale-command';
      if (isKnown(`${user}/${transaction}`)) return 'repeated';
      if (taken === undefined) return undefined;
      try {
        const order = { lane: identity.topics.base, user, transaction, at: now };
        return (await within(WRITE_LIMIT, taken.take(order), tooSlow)) ? undefined : 'repeated';
      } catch (error) {
        observer?.onNote?.({ kind: 'journal-failed', detail: explain(error) });
        return 'journal-failed';
      }
    },
  };
}

/** Asks for proof: a time that cannot be read is not fresh. */
const isFresh = (at: string, now: WallTime): boolean => Math.abs(now - Date.parse(at)) <= MAX_AGE;

const tooSlow = (): TwinstileError =>
  new TwinstileError({
    code: 'journal-broken',
    message: `Command was not written down within ${WRITE_LIMIT} ms.`,
    hint: 'Check the disk that holds the database.',
  });
