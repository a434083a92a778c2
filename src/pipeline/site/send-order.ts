/** An operator's side: asks a lane for a challenge, signs the order, and waits for the answer. */
import { TwinstileError } from '../../base/errors.js';
import { type Millis, millis } from '../../base/units.js';
import { within } from '../../base/waiting.js';
import { commandBytes } from '../../gate/command/canonical.js';
import { ARGUMENT_OF, type Operation } from '../../gate/command/operations.js';
import type { SigningKey } from '../../gate/signature.js';
import type { LaneTopics } from '../../gate/topics.js';
import type { Bus } from '../../ports/bus.js';

export interface OrderParts {
  readonly bus: Bus;
  readonly topics: LaneTopics;
  /** Its id is the name of the operator. */
  readonly key: SigningKey;
  /** A new name for each message. */
  readonly newTransaction: () => string;
  /** How long the lane may take for each answer; 5 s when absent. */
  readonly patience?: Millis;
}

export interface OrderAnswer {
  readonly result: string;
  readonly reason?: string;
  readonly challenge?: string;
  readonly hint?: string;
  /** Of a snapshot, in base64. */
  readonly jpeg?: string;
}

/**
 * @param argument the mode or the person, where one belongs to the operation.
 * @throws TwinstileError 'broker-unreachable' when no answer comes.
 */
export async function sendOrder(
  { bus, topics, key, newTransaction, patience = millis(5000) }: OrderParts,
  operation: Operation,
  argument = '',
): Promise<OrderAnswer> {
  const waiting = new Map<string, (answer: OrderAnswer) => void>();
  const listen = (name: string) =>
    bus.subscribe(topics.response(name), ({ payload, retained }) => {
      if (retained) return;
      const answer = answerIn(payload);
      if (answer !== undefined) waiting.get(answer.transaction)?.(answer);
    });
  const ask = (name: string, fields: Readonly<Record<string, unknown>>, transaction: string) => {
    const answered = new Promise<OrderAnswer>((resolve) => waiting.set(transaction, resolve));
    void bus.publish(
      topics.command(name),
      JSON.stringify({ v: 1, transaction, operator: key.id, ...fields }),
      {
        qos: 1,
        expirySeconds: 10,
      },
    );
    return within(patience, answered, silence);
  };
  listen('challenge');
  listen(operation);

  const first = await ask('challenge', {}, newTransaction());
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
  return ask(
    operation,
    {
      challenge,
      signature: Buffer.from(key.sign(bytes)).toString('hex'),
      ...(name === undefined || argument === '' ? {} : { [name]: argument }),
    },
    transaction,
  );
}

function answerIn(payload: Uint8Array): (OrderAnswer & { readonly transaction: string }) | undefined {
  try {
    const answer: unknown = JSON.parse(Buffer.from(payload).toString('utf8'));
    if (typeof answer !== 'object' || answer === null) return undefined;
    if (!('transaction' in answer && 'result' in answer)) return undefined;
    return answer as OrderAnswer & { readonly transaction: string };
  } catch {
    // Anybody may publish anything; what is no answer is none.
    return undefined;
  }
}

const silence = (): TwinstileError =>
  new TwinstileError({
    code: 'broker-unreachable',
    message: 'Expected an answer of the lane, got silence.',
    hint: 'Check that the lane is online and that the access list lets you publish to its commands.',
  });
