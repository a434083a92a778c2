/** Declares the message of an operator's command. */
import { z } from 'zod';
import { OPERATOR_MODES } from '../../access/policy/model.js';
import { ID_PATTERN } from '../../base/ids.js';
import { ARGUMENT_OF, type Operation } from './operations.js';

export const MAX_COMMAND = 2048;

const id = z.string().regex(ID_PATTERN);
const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`));

export const commandMessage = z.object({
  v: z.literal(1),
  /** Chosen by the sender, to match the answer. */
  transaction: id,
  /** Who signs. */
  operator: id.optional(),
  /** What the lane gave for this one request. */
  challenge: hex(32).optional(),
  /** Ed25519 over operator-bytes.ts. */
  signature: hex(64).optional(),
  /** When a user of the broker gave it: a copy of it is soon worth nothing. */
  at: z.iso.datetime({ offset: true }).optional(),
  mode: z.enum(OPERATOR_MODES).optional(),
  person: id.optional(),
});

export type CommandMessage = z.infer<typeof commandMessage>;

/** The one text that comes with the operation; empty when none does. */
export function argumentOf(operation: Operation, message: CommandMessage): string {
  const name = ARGUMENT_OF[operation];
  return name === undefined ? '' : (message[name] ?? '');
}
