/** An operator opens the gate: the same way as anybody else gets through it, with their name in the journal. */
import type { Clock } from '../base/clock.js';
import type { Answer, Handlers } from '../gate/operator-command/operator-commands.js';
import type { GrantExecutor } from './grant-execution.js';

/** Busy with somebody else is refused and not kept for later: who opens wants to see who passes. */
export const openCommand =
  (door: Pick<GrantExecutor, 'free' | 'grant'>, clock: Clock): Handlers['open'] =>
  async ({ operator }): Promise<Answer> => {
    if (!door.free(clock.monotonic())) return { result: 'refused', reason: 'busy' };
    const ended = await door.grant({
      verdict: 'granted',
      reason: 'opened-by-operator',
      mode: 'operator',
      operator,
      frames: 0,
    });
    switch (ended.outcome) {
      case 'opened':
      case 'pulsed':
      case 'unconfirmed':
        return { result: 'ok', outcome: ended.outcome };
      case 'no-access':
      case 'withdrawn':
      case 'refused':
        return { result: 'refused', reason: ended.reason };
      default:
        return { result: 'failed', reason: ended.outcome };
    }
  };
