/** Which unsigned orders were taken before. Nothing but their transaction tells a copy from an order. */
import type { WallTime } from '../../base/units.js';

export interface TakenCommand {
  /** "twinstile/SITE/LANE" */
  readonly lane: string;
  readonly user: string;
  readonly transaction: string;
  readonly at: WallTime;
}

export interface TakenCommands {
  /** Durable when it resolves. @returns whether it was new; false for one that was taken before, also before a restart. */
  take(order: TakenCommand): Promise<boolean>;
}
