/** Declares what a lane needs to carry out operator commands, and how it answers. */

import type { WallTime } from '../../base/units.js';
import type { Authority, CommandChallenges } from './authority.js';
import type { Operation } from './operator-messages.js';

/** The result of a command. Reasons are codes of lower-case letters, digits and dashes. */
export type Answer =
  | ({ readonly result: 'ok' } & Readonly<Record<string, unknown>>)
  | {
      readonly result: 'refused' | 'failed';
      readonly reason: string;
      /** What to do about it, for a person. */
      readonly hint?: string;
    };

export interface OperatorCommandMessage {
  readonly operator: string;
  /** Mode or person; empty where neither belongs to the operation. */
  readonly argument: string;
}

export type Handlers = Readonly<Record<Operation, (command: OperatorCommandMessage) => Promise<Answer>>>;

export interface LaneCommands {
  /** Called for each request: a reload changes it. */
  readonly authority: () => Authority;
  readonly challenges: CommandChallenges;
  /** Unsigned commands that were taken before. Absent: this process alone remembers some. */
  readonly taken?: TakenCommands;
  /** 8 random bytes. */
  readonly nonce: () => Uint8Array;
  /** What concerns the whole box; `open` is the lane's own. */
  readonly handlers: Omit<Handlers, 'open'>;
}

interface TakenCommand {
  /** "twinstile/SITE/LANE" */
  readonly lane: string;
  readonly user: string;
  readonly transaction: string;
  readonly at: WallTime;
}

/** Remembers which unsigned commands were taken before. Only the transaction distinguishes a replay from a new command. */
export interface TakenCommands {
  /** Durable when it resolves. @returns whether it was new; false for one that was taken before, also before a restart. */
  take(command: TakenCommand): Promise<boolean>;
}
