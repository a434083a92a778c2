/** Which unsigned orders were taken before. Nothing but their transaction tells a copy from an order. */
import type { WallTime } from '../../base/units.js';

export interface TakenOrder {
  /** "twinstile/SITE/LANE" */
  readonly lane: string;
  readonly user: string;
  readonly transaction: string;
  readonly at: WallTime;
}

export interface TakenOrders {
  /** Durable when it resolves. @returns whether it was new; false for one that was taken before, also before a restart. */
  take(order: TakenOrder): Promise<boolean>;
}
