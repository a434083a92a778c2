/** Declares the operations of an operator over MQTT, the message of a command, and the bytes of it that are signed. */
import { z } from 'zod';
import { OPERATOR_MODES } from '../../access/policy/model.js';
import { ID_PATTERN } from '../../base/ids.js';
import { joinFields } from '../protocol/grant-bytes.js';

/** Codes are API: never renamed. */
export const OPERATIONS = [
  'open',
  'lockdown',
  'mode',
  'reset',
  'reload',
  'sync',
  'erase',
  'snapshot',
  'dispute',
] as const;
export type Operation = (typeof OPERATIONS)[number];

export const isOperation = (name: string): name is Operation => OPERATIONS.some((one) => one === name);

/** Permissions of an operator without configured ones: no operation that cannot be undone, and none that shows a person. */
export const DEFAULT_OPERATIONS: readonly Operation[] = [
  'open',
  'lockdown',
  'mode',
  'reset',
  'reload',
  'sync',
];

/** What comes with an operation, if anything does: one text, part of what is signed. */
export const ARGUMENT_OF: Readonly<Partial<Record<Operation, 'mode' | 'person' | 'decision'>>> = {
  mode: 'mode',
  reset: 'person',
  erase: 'person',
  dispute: 'decision',
};

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
  decision: id.optional(),
});

export type CommandMessage = z.infer<typeof commandMessage>;

/** The one text that comes with the operation; empty when none does. */
export function argumentOf(operation: Operation, message: CommandMessage): string {
  const name = ARGUMENT_OF[operation];
  return name === undefined ? '' : (message[name] ?? '');
}

const COMMAND_CONTEXT = 'twinstile-command-v1';

/**
 * Builds the bytes that an operator signs: one byte string for one request, and no two requests with the same bytes.
 *
 * Seven fields, each with its length before it (2 bytes, big-endian): "twinstile-command-v1" | topic of the lane
 * ("twinstile/SITE/LANE") | operation | operator | transaction | challenge (32 raw bytes) | mode, person or decision, empty
 * where none belongs to the operation. Text is UTF-8.
 */
export function commandBytes(request: Request): Uint8Array {
  const { lane, operation, operator, transaction, challenge, argument } = request;
  return joinFields([
    COMMAND_CONTEXT,
    lane,
    operation,
    operator,
    transaction,
    Buffer.from(challenge, 'hex'),
    argument,
  ]);
}

interface Request {
  /** "twinstile/SITE/LANE" */
  readonly lane: string;
  readonly operation: Operation;
  readonly operator: string;
  readonly transaction: string;
  /** 32 bytes as 64 lower-case hexadecimal digits. */
  readonly challenge: string;
  readonly argument: string;
}
