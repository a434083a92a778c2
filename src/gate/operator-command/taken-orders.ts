/** Remembers which unsigned commands were taken before. Only the transaction distinguishes a replay from a new command. */
import type { WallTime } from '../../base/units.js';

interface TakenCommand {
  /** "twinstile/SITE/LANE" */
  readonly lane: string;
  readonly user: string;
  readonly transaction: string;
  readonly at: WallTime;
}

export interface TakenCommands {
  /** Durable when it resolves. @returns whether it was new; false for one that was taken before, also before a restart. */
  take(command: TakenCommand): Promise<boolean>;
}
