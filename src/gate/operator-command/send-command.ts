/** Sends an operator's command: requests a challenge of the lane, signs the command, and waits for the answer. */

import { within } from '../../base/delay.js';
import { TwinstileError } from '../../base/errors.js';
import { type Millis, millis } from '../../base/units.js';
import type { Bus } from '../../platform/mqtt/message-bus.js';
import type { SigningKey } from '../protocol/signature.js';
import type { LaneTopics } from '../protocol/topics.js';
import { ARGUMENT_OF, commandBytes, type Operation } from './operator-messages.js';

interface SendCommandOptions {
  readonly bus: Bus;
  readonly topics: LaneTopics;
  /** Its id is the name of the operator. */
  readonly key: SigningKey;
  /** A new name for each message. */
  readonly newTransaction: () => string;
  /** How long the lane may take for each answer; 5 s when absent. */
  readonly patience?: Millis;
}

export interface CommandAnswer {
  readonly result: string;
  readonly reason?: string;
  readonly challenge?: string;
  readonly hint?: string;
  /** Of a snapshot, in base64. */
  readonly jpeg?: string;
}

interface ReceivedAnswer extends CommandAnswer {
  /** Absent in a challenge that is for each request in the name of `operator`. */
  readonly transaction?: string;
  readonly operator?: string;
}

const REPEAT_MS = 1000;
/** No transaction: the key under which a shared challenge is waited for. */
const CHALLENGE = ' challenge';

/**
 * @param argument the mode or the person, where one belongs to the operation.
 * @throws TwinstileError 'broker-unreachable' when no answer comes.
 */
export async function sendCommand(
  { bus, topics, key, newTransaction, patience = millis(5000) }: SendCommandOptions,
  operation: Operation,
  argument = '',
): Promise<CommandAnswer> {
  const waiting = new Map<string, (answer: CommandAnswer) => void>();
  /** An answer without a transaction is for each request in this operator's name. */
  const transactionOf = ({ transaction, operator }: ReceivedAnswer): string | undefined =>
    transaction ?? (operator === key.id ? CHALLENGE : undefined);
  const subscribe = (name: string) =>
    bus.subscribe(topics.operator.response(name), ({ payload, retained }) => {
      if (retained) return;
      const answer = answerIn(payload);
      const transaction = answer === undefined ? undefined : transactionOf(answer);
      if (answer !== undefined && transaction !== undefined) waiting.get(transaction)?.(answer);
    });
  const send = (name: string, fields: Readonly<Record<string, unknown>>) =>
    void bus.publish(topics.operator.command(name), JSON.stringify({ v: 1, operator: key.id, ...fields }), {
      qos: 1,
      expirySeconds: 10,
    });
  const answerTo = (transaction: string): Promise<CommandAnswer> =>
    new Promise((resolve) => waiting.set(transaction, resolve));
  subscribe('challenge');
  subscribe(operation);

  const requested = newTransaction();
  const requestChallenge = () => send('challenge', { transaction: requested });
  requestChallenge();
  // A repeated request costs the lane nothing, and one of them may be lost in a flood.
  const again = setInterval(requestChallenge, REPEAT_MS);
  const first = await within(
    patience,
    Promise.race([answerTo(requested), answerTo(CHALLENGE)]),
    silence,
  ).finally(() => clearInterval(again));
  const { challenge } = first;
  if (challenge === undefined) return first;
  const transaction = newTransaction();
  const bytes = commandBytes({
    lane: topics.base,
    operation,
    operator: key.id,
    transaction,
    challenge,
    argument,
  });
  const name = ARGUMENT_OF[operation];
  const answered = answerTo(transaction);
  const signature = Buffer.from(key.sign(bytes)).toString('hex');
  const given = name !== undefined && argument !== '' && { [name]: argument };
  send(operation, { transaction, challenge, signature, ...given });
  return within(patience, answered, silence);
}

function answerIn(payload: Uint8Array): ReceivedAnswer | undefined {
  try {
    const answer: unknown = JSON.parse(Buffer.from(payload).toString('utf8'));
    if (typeof answer !== 'object' || answer === null) return undefined;
    return 'result' in answer ? (answer as ReceivedAnswer) : undefined;
  } catch {
    // Any login may publish anything; a payload that is no answer is ignored.
    return undefined;
  }
}

const silence = (): TwinstileError =>
  new TwinstileError({
    code: 'broker-unreachable',
    message: 'Lane did not answer the command.',
    hint: 'Check that the lane is online and that the access list lets you publish to its commands.',
  });
