/** What the gate says on the screen and in the journal of systemd. */
import type { ActuatorEvent } from '../pipeline/actuate.js';

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

/**
 * Prints a line now, and the same line again at most once a minute, so that whoever floods the gate does not fill the disk.
 * @param now any clock in ms that is never set back.
 */
export function sparing(print: (line: string) => void, now: () => number): (line: string) => void {
  const last = new Map<string, number>();
  return (line) => {
    const time = now();
    if (time - (last.get(line) ?? Number.NEGATIVE_INFINITY) < 60_000) return;
    // A problem may quote something new each time; old ones need not be remembered.
    if (last.size >= 100) last.clear();
    last.set(line, time);
    print(line);
  };
}
