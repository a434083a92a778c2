/** Declares what a lane needs to carry out operator commands, and how it answers. */
import type { Authority } from './authority.js';
import type { Operation } from './operations.js';
import type { CommandChallenges } from './operator-challenges.js';
import type { TakenCommands } from './taken-orders.js';

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
