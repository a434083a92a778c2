/** Formats events of the gate for the terminal and systemd's journal. */
import { createKeyedTokenBuckets, type RateLimit } from '../../base/token-bucket.js';
import type { Monotonic } from '../../base/units.js';
import type { ActuatorEvent } from '../../gate/actuate.js';

const IGNORED = {
  retained: 'Ignored a retained grant: somebody stores what must never be stored.',
  'bad-message': 'Ignored a message that is no grant.',
  'other-version':
    'Ignored a grant of another version. Set gate_protocol of the lane and --protocol of the gate alike.',
} as const;

/** One line; it names the grant and no person: the gate has no data on people. */
export function lineFor(event: ActuatorEvent): string {
  switch (event.kind) {
    case 'ready':
      return 'Connected: asking for grants.';
    case 'broker-disconnected':
      return 'The broker is away: shut until it is back.';
    case 'ignored':
      return IGNORED[event.reason];
    case 'drive-silent':
      return `Grant ${event.grant}: the drive has not said within 1.5 s whether the gate moved.`;
    case 'drive-failed':
      return `The gate did not move. ${event.detail}`;
    case 'passage': {
      const { grant, outcome, direction } = event.passage;
      return `Passage: ${outcome} (${direction})${grant === null ? '' : `, grant ${grant}`}.`;
    }
    case 'answered': {
      const { grant, answer, repeated } = event;
      const what = grant === null ? 'session' : `grant ${grant}`;
      const again = repeated ? ' (said again)' : '';
      switch (answer.result) {
        case 'opened':
          return `Opened for ${what}${again}.`;
        case 'unconfirmed':
          return `Told the lane that it is not known whether it opened for ${what}${again}.`;
        case 'ready':
          return 'Answered for a session of the lane.';
        case 'refused':
          return `Refused ${what}: ${answer.reason}${again}.`;
      }
    }
  }
}

/** Events that unknown senders cause, perhaps a thousand times a second. Named by kind, so that a new id each time is no new kind. */
export function causedByUnknownSenders(event: ActuatorEvent): string | undefined {
  if (event.kind === 'ignored') return event.reason;
  if (event.kind !== 'answered') return undefined;
  const { answer, grant } = event;
  // A session request can be played back for 2 s.
  if (answer.result === 'ready') return 'ready';
  if (answer.result !== 'refused') return undefined;
  const { reason } = answer;
  const isStrangers = grant === null || ['wrong-gate', 'unknown-key', 'bad-signature'].includes(reason);
  return isStrangers ? reason : undefined;
}

const LINE_RATE: RateLimit = { burst: 1, perSecond: 1 / 60 };
/** A problem may quote something new each time. */
const MAX_KINDS = 100;

/**
 * Rate-limits lines: prints one now, and another of the same kind at most once a minute, so that a flood of messages does not fill
 * the disk.
 * @param now any clock that is never set back.
 */
export function createRateLimitedPrint(
  print: (line: string) => void,
  now: () => Monotonic,
): (line: string, kind: string) => void {
  const buckets = createKeyedTokenBuckets(LINE_RATE, MAX_KINDS);
  return (line, kind) => {
    if (buckets.take(kind, now())) print(line);
  };
}
