/** What operators order over MQTT: heard, checked, written down, done, answered. */
import { TwinstileError } from '../../base/errors.js';
import { ID_PATTERN } from '../../base/ids.js';
import { createKeyedTokenBuckets, type RateLimit } from '../../base/token-bucket.js';
import { type Authority, type Denial, judgeCommand } from '../../gate/command/authority.js';
import { COMMAND_CHALLENGE_VALID } from '../../gate/command/challenges.js';
import {
  argumentOf,
  type CommandMessage,
  commandMessage,
  LONGEST_COMMAND,
} from '../../gate/command/messages.js';
import { ARGUMENT_OF, isOperation, type Operation } from '../../gate/command/operations.js';
import { readMessage } from '../../gate/messages.js';
import type { Bus, BusMessage } from '../../ports/bus.js';
import type { Answer, Handlers, LaneCommands } from '../site/orders.js';
import { TOO_MANY } from './dropped-messages.js';
import type { LaneParts } from './parts.js';
import type { LaneRecord } from './record.js';
import { createUnsignedOrders, type UnsignedObjection } from './unsigned-orders.js';

/** For each sender: a check costs 0.1 ms. */
const HEARD: RateLimit = { burst: 100, perSecond: 50 };
/** For each sender: refusals are answered and written down, but not without end. */
const REFUSED: RateLimit = { burst: 10, perSecond: 1 };
const OBEYED: RateLimit = { burst: 10, perSecond: 2 };
/** More senders than any site lists; all that are not listed share one name. */
const MAX_SENDERS = 256;
const STRANGERS = 'strangers';
const ANSWER_EXPIRY_S = 30;
/** It comes back with the answer, so it may not be long. */
const MAX_CORRELATION = 256;
/** Names of operations that may come some day; anything else is no order. */
const OPERATION_NAME = /^[a-z][a-z-]{0,39}$/;

interface Heard {
  readonly name: string;
  readonly message: CommandMessage;
  readonly user?: string;
  /** Whose limits count: somebody who is listed, or all others together. */
  readonly sender: string;
  readonly reply: (answer: Answer) => Promise<void>;
}

export interface CommandEars {
  readonly record: LaneRecord;
  readonly open: Handlers['open'];
  /** Takes the work of an order; false when as much is under way as may be. */
  readonly start: (work: () => Promise<void>) => boolean;
  /** A message that is not used, and why. */
  readonly drop: (topic: string, reason: string) => void;
}

/** Listens until the signal aborts. */
export function listenForCommands(
  parts: LaneParts,
  commands: LaneCommands,
  { record, open, start, drop }: CommandEars,
  signal: AbortSignal,
): void {
  const { bus, topics, clock } = parts;
  const { authority, challenges } = commands;
  const handlers: Handlers = { ...commands.handlers, open };
  const heard = createKeyedTokenBuckets(HEARD, MAX_SENDERS);
  const refused = createKeyedTokenBuckets(REFUSED, MAX_SENDERS);
  const obeyed = createKeyedTokenBuckets(OBEYED, MAX_SENDERS);
  const unsigned = createUnsignedOrders(parts, commands.taken);

  const turnAway = async (
    { name, message, user, sender, reply }: Heard,
    reason: Denial | UnsignedObjection | 'unknown-operation',
  ) => {
    if (!refused.take(sender, clock.monotonic())) return drop(`${topics.base}/command`, TOO_MANY);
    await record.command({
      operation: name,
      claimed: user ?? message.operator ?? null,
      transaction: message.transaction,
      result: 'refused',
      reason,
    });
    await reply({ result: 'refused', reason });
  };
  const obey = async (
    one: Heard,
    operation: Operation,
    { operator, by }: { readonly operator: string; readonly by: string },
  ) => {
    const { message, sender, reply } = one;
    const argument = argumentOf(operation, message);
    const name = ARGUMENT_OF[operation];
    if (!obeyed.take(sender, clock.monotonic())) return reply({ result: 'refused', reason: TOO_MANY });
    // What closes the gate, or lets people out, must not wait for a disk.
    const isUrgent = operation === 'lockdown' || operation === 'mode';
    if (by === 'broker') {
      const objection = await unsigned.objectionTo(operator, message);
      if (objection === 'journal-failed' && !isUrgent) return reply({ result: 'failed', reason: objection });
      if (objection === 'repeated' || objection === 'stale-order') return turnAway(one, objection);
    }
    const id = await record.command({
      operation,
      operator,
      by,
      transaction: message.transaction,
      ...(name === undefined || argument === '' ? {} : { [name]: argument }),
    });
    if (id === undefined && !isUrgent) return reply({ result: 'failed', reason: 'journal-failed' });
    const answer = await answerOf(handlers[operation]({ operator, argument }));
    if (id !== undefined)
      await record.obeyed(id, {
        outcome: answer.result,
        ...(answer.result === 'ok' ? {} : { reason: answer.reason }),
      });
    await reply(answer);
  };
  const hear = async (one: Heard) => {
    const { name, message, user } = one;
    if (name === 'challenge') {
      const { operator } = message;
      if (operator === undefined || !authority().operators.has(operator))
        return turnAway(one, 'unknown-operator');
      const challenge = challenges.issue(operator, commands.nonce(), clock.monotonic());
      return one.reply({ result: 'ok', challenge, valid_ms: COMMAND_CHALLENGE_VALID });
    }
    if (!isOperation(name)) return turnAway(one, 'unknown-operation');
    const asked = { lane: topics.base, operation: name, message, ...(user === undefined ? {} : { user }) };
    const judgement = judgeCommand(asked, authority(), challenges, clock.monotonic());
    if (judgement.kind === 'denied') return turnAway(one, judgement.reason);
    return obey(one, name, judgement);
  };
  const onMessage = (incoming: BusMessage) => {
    if (signal.aborted) return;
    const { topic, payload, retained, correlation } = incoming;
    if (retained) return drop(topic, 'retained');
    const [name = '', user] = topic.slice(`${topics.base}/command/`.length).split('/');
    if (!OPERATION_NAME.test(name) || (user !== undefined && !ID_PATTERN.test(user)))
      return drop(topic, 'bad-topic');
    const message = readMessage(commandMessage, payload, LONGEST_COMMAND);
    if (message === undefined || (correlation?.length ?? 0) > MAX_CORRELATION)
      return drop(topic, 'bad-message');
    const sender = senderOf(user, message, authority());
    if (!heard.take(sender, clock.monotonic())) return drop(topic, TOO_MANY);
    const reply = replyTo(bus, topics.base, name, message, incoming);
    const one = { name, message, sender, reply, ...(user === undefined ? {} : { user }) };
    if (!start(() => hear(one))) drop(topic, TOO_MANY);
  };
  bus.subscribe(topics.commands, onMessage);
  bus.subscribe(topics.userCommands, onMessage);
}

/** Only names that are listed count: whoever invents them has the limits of all strangers together. */
function senderOf(
  user: string | undefined,
  { operator }: CommandMessage,
  { operators, brokerUsers }: Authority,
): string {
  if (user !== undefined) return brokerUsers.has(user) ? `user ${user}` : STRANGERS;
  return operator !== undefined && operators.has(operator) ? `operator ${operator}` : STRANGERS;
}

/** What is broken is told to whoever ordered it; the lane goes on. */
async function answerOf(work: Promise<Answer>): Promise<Answer> {
  try {
    return await work;
  } catch (error) {
    return { result: 'failed', reason: error instanceof TwinstileError ? error.code : 'internal' };
  }
}

/**
 * Answers go to the response topic that was asked for, if it is one of this lane's: whoever may ask must not be able to make
 * the lane publish anywhere else, where its word may count for more.
 */
function replyTo(
  bus: Bus,
  base: string,
  operation: string,
  { transaction }: CommandMessage,
  { responseTopic, correlation }: BusMessage,
): (answer: Answer) => Promise<void> {
  const isOurs =
    responseTopic?.startsWith(`${base}/response/`) === true && /^[^+#\0]{1,200}$/.test(responseTopic);
  const topic = isOurs ? responseTopic : `${base}/response/${operation}`;
  return async (answer) => {
    const payload = JSON.stringify({ v: 1, transaction, operation, ...answer });
    await bus.publish(topic, payload, {
      qos: 1,
      expirySeconds: ANSWER_EXPIRY_S,
      ...(correlation === undefined ? {} : { correlation }),
    });
  };
}
