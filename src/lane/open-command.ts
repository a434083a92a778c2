/** Opens the gate for an operator: through the same steps as any other grant, with their name in the journal. */
import type { Clock } from '../base/clock.js';
import type { Answer, Handlers } from '../gate/operator-command/operator-commands.js';
import type { GateOccupancy } from './gate-occupancy.js';
import type { GrantExecutor } from './grant-executor.js';

/** While the gate is busy the command is refused, not queued: the operator has to see who passes. */
export const openCommand =
  (
    executor: Pick<GrantExecutor, 'grant'>,
    occupancy: Pick<GateOccupancy, 'isFree'>,
    clock: Clock,
  ): Handlers['open'] =>
  async ({ operator }): Promise<Answer> => {
    if (!occupancy.isFree(clock.monotonic())) return { result: 'refused', reason: 'busy' };
    const ended = await executor.grant({
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
