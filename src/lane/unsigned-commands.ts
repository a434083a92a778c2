/**
 * Checks unsigned commands of broker users: each is valid once.
 *
 * A copy that was stored somewhere (a bridge, a queue, a recording) looks like the command. Accepted ones are stored in the
 * database, so that none is valid again after a restart; one with the time at which it was given is valid for a minute only.
 */

import { within } from '../base/delay.js';
import { explain, TwinstileError } from '../base/errors.js';
import { type Millis, millis, type WallTime } from '../base/units.js';
import type { CommandMessage } from '../gate/operator-command/operator-messages.js';
import type { TakenCommands } from '../gate/operator-command/taken-orders.js';
import type { LaneDependencies } from './lane-dependencies.js';

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
