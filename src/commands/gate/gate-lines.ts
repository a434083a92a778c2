/** What the gate says on the screen and in the journal of systemd. */
import { createKeyedTokenBuckets, type RateLimit } from '../../base/token-bucket.js';
import type { Monotonic } from '../../base/units.js';
import type { ActuatorEvent } from '../../pipeline/gate/actuate.js';

/** One line; the grant is named, nobody else: the gate knows no people. */
export function lineFor(event: ActuatorEvent): string {
  switch (event.kind) {
    case 'ready':
      return 'Connected: asking for grants.';
    case 'broker-away':
      return 'The broker is away: shut until it is back.';
    case 'ignored':
      return event.reason === 'retained'
        ? 'Ignored a retained grant: somebody stores what must never be stored.'
        : 'Ignored a message that is no grant.';
    case 'drive-failed':
      return `The gate did not move. ${event.detail}`;
    case 'passage': {
      const { grant, outcome, direction } = event.passage;
      return `Passage: ${outcome} (${direction})${grant === null ? '' : `, grant ${grant}`}.`;
    }
    case 'answered': {
      const { ack, repeated } = event;
      const again = repeated ? ' (said again)' : '';
      return ack.result === 'opened'
        ? `Opened for grant ${ack.grant}${again}.`
        : `Refused grant ${ack.grant}: ${ack.reason}${again}.`;
    }
  }
}

/** What strangers cause, and may cause a thousand times a second. Named by kind, so that a new id each time is no new kind. */
export function causedByStrangers(event: ActuatorEvent): string | undefined {
  if (event.kind === 'ignored') return event.reason;
  if (event.kind !== 'answered' || event.ack.result === 'opened') return undefined;
  const { reason } = event.ack;
  return ['wrong-gate', 'unknown-key', 'bad-signature'].includes(reason) ? reason : undefined;
}

const ONCE_A_MINUTE: RateLimit = { burst: 1, perSecond: 1 / 60 };
/** A problem may quote something new each time. */
const MAX_KINDS = 100;

/**
 * Prints a line now, and another of the same kind at most once a minute, so that whoever floods the gate does not fill
 * the disk.
 * @param now any clock that is never set back.
 */
export function sparing(
  print: (line: string) => void,
  now: () => Monotonic,
): (line: string, kind: string) => void {
  const buckets = createKeyedTokenBuckets(ONCE_A_MINUTE, MAX_KINDS);
  return (line, kind) => {
    if (buckets.take(kind, now())) print(line);
  };
}
