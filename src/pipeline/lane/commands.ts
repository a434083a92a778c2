/** What operators order over MQTT: heard, checked, written down, done, answered. */
import { TwinstileError } from '../../base/errors.js';
import { createTokenBucket } from '../../base/token-bucket.js';
import { type Denial, judgeCommand } from '../../gate/command/authority.js';
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
import type { LaneParts } from './parts.js';
import type { LaneRecord } from './record.js';

/** A check costs 0.1 ms: so much a second may be checked, whoever floods. */
const HEARD = { burst: 100, perSecond: 50 };
/** Strangers are told that they are refused, and written down, but not without end. */
const STRANGERS = { burst: 10, perSecond: 1 };
const OBEYED = { burst: 10, perSecond: 2 };
const USERS_REQUESTS_REMEMBERED = 256;
const ANSWER_EXPIRY_S = 30;

interface Heard {
  readonly name: string;
  readonly message: CommandMessage;
  readonly user?: string;
  readonly reply: (answer: Answer) => Promise<void>;
}

/** Listens until the signal aborts. @param start takes the work of an order. */
export function listenForCommands(
  parts: LaneParts,
  commands: LaneCommands,
  { record, open }: { readonly record: LaneRecord; readonly open: Handlers['open'] },
  start: (work: Promise<void>) => void,
  signal: AbortSignal,
): void {
  const { bus, topics, clock, onNote } = parts;
  const { authority, challenges } = commands;
  const handlers: Handlers = { ...commands.handlers, open };
  const heard = createTokenBucket(HEARD);
  const strangers = createTokenBucket(STRANGERS);
  const obeyed = createTokenBucket(OBEYED);
  const known = new Set<string>();
  const drop = (topic: string, reason: string) => onNote?.({ kind: 'dropped-message', topic, reason });

  /** Users of the broker sign nothing, so nothing but the transaction tells a repetition. */
  const isRepeated = (user: string, { transaction }: CommandMessage): boolean => {
    const key = `${user}/${transaction}`;
    if (known.has(key)) return true;
    known.add(key);
    const [oldest] = known;
    if (known.size > USERS_REQUESTS_REMEMBERED && oldest !== undefined) known.delete(oldest);
    return false;
  };
  const turnAway = async ({ name, message, user, reply }: Heard, reason: Denial | 'unknown-operation') => {
    if (!strangers.take(clock.monotonic())) return drop(topics.command(name), 'too-many');
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
    { message, reply }: Heard,
    operation: Operation,
    { operator, by }: { readonly operator: string; readonly by: string },
  ) => {
    const argument = argumentOf(operation, message);
    const name = ARGUMENT_OF[operation];
    if (!obeyed.take(clock.monotonic())) return reply({ result: 'refused', reason: 'too-many' });
    const id = await record.command({
      operation,
      operator,
      by,
      transaction: message.transaction,
      ...(name === undefined || argument === '' ? {} : { [name]: argument }),
    });
    // What closes the gate, or lets people out, must not wait for a disk.
    if (id === undefined && operation !== 'lockdown' && operation !== 'mode')
      return reply({ result: 'failed', reason: 'journal-failed' });
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
    if (judgement.by === 'broker' && isRepeated(judgement.operator, message))
      return one.reply({ result: 'refused', reason: 'repeated' });
    return obey(one, name, judgement);
  };
  const onMessage = (incoming: BusMessage) => {
    if (signal.aborted) return;
    const { topic, payload, retained } = incoming;
    if (retained) return drop(topic, 'retained');
    if (!heard.take(clock.monotonic())) return drop(topic, 'too-many');
    const message = readMessage(commandMessage, payload, LONGEST_COMMAND);
    if (message === undefined) return drop(topic, 'bad-message');
    const [name = '', user] = topic.slice(`${topics.base}/command/`.length).split('/');
    const reply = replyTo(bus, topics.base, name, message, incoming);
    start(hear({ name, message, reply, ...(user === undefined ? {} : { user }) }));
  };
  bus.subscribe(topics.commands, onMessage);
  bus.subscribe(topics.userCommands, onMessage);
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
