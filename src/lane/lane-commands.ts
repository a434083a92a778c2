/** What operators order over MQTT: heard, checked, written down, done, answered. */
import { TwinstileError } from '../base/errors.js';
import { ID_PATTERN } from '../base/ids.js';
import { createKeyedTokenBuckets, type RateLimit } from '../base/token-bucket.js';
import type { Denial } from '../gate/operator-command/authority.js';
import { ARGUMENT_OF } from '../gate/operator-command/operations.js';
import { COMMAND_CHALLENGE_VALID } from '../gate/operator-command/operator-challenges.js';
import type { Answer, Handlers, LaneCommands } from '../gate/operator-command/operator-commands.js';
import {
  argumentOf,
  type CommandMessage,
  commandMessage,
  MAX_COMMAND,
} from '../gate/operator-command/operator-messages.js';
import { readMessage } from '../gate/protocol/gate-messages.js';
import type { Bus, BusMessage } from '../platform/mqtt/message-bus.js';
import { type Admitted, createCommandAdmission } from './command-admission.js';
import { TOO_MANY } from './dropped-messages.js';
import type { LaneDependencies } from './lane-dependencies.js';
import type { LaneRecord } from './lane-journal.js';
import { createUnsignedCommands, type UnsignedObjection } from './unsigned-commands.js';

/** For each sender: refusals are answered and written down, but not without end. */
const REFUSED: RateLimit = { burst: 10, perSecond: 1 };
const OBEYED: RateLimit = { burst: 10, perSecond: 2 };
/** More senders than any site lists; all that are not listed share one name. */
const MAX_SENDERS = 256;
const ANSWER_EXPIRY_S = 30;
/** It comes back with the answer, so it may not be long. */
const MAX_CORRELATION = 256;
/** Names of operations that may come some day; anything else is no order. */
const OPERATION_NAME = /^[a-z][a-z-]{0,39}$/;

interface Heard {
  readonly name: string;
  readonly message: CommandMessage;
  readonly user?: string;
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
  dependencies: LaneDependencies,
  commands: LaneCommands,
  { record, open, start, drop }: CommandEars,
  signal: AbortSignal,
): void {
  const { bus, clock } = dependencies.ports;
  const { topics } = dependencies.identity;
  const { authority, challenges } = commands;
  const handlers: Handlers = { ...commands.handlers, open };
  const admission = createCommandAdmission({ lane: topics.base, authority, challenges });
  const refused = createKeyedTokenBuckets(REFUSED, MAX_SENDERS);
  const obeyed = createKeyedTokenBuckets(OBEYED, MAX_SENDERS);
  const unsigned = createUnsignedCommands(dependencies, commands.taken);

  const turnAway = async (
    { name, message, user, reply }: Heard,
    reason: Denial | UnsignedObjection | 'unknown-operation',
  ) => {
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
    { operation, operator, by, sender }: Admitted & { readonly kind: 'allowed' },
  ) => {
    const { message, reply } = one;
    const argument = argumentOf(operation, message);
    const name = ARGUMENT_OF[operation];
    if (!obeyed.take(sender, clock.monotonic())) return reply({ result: 'refused', reason: TOO_MANY });
    // What closes the gate, or lets people out, must not wait for a disk.
    const isUrgent = operation === 'lockdown' || operation === 'mode';
    if (by === 'broker') {
      const objection = await unsigned.objectionTo(operator, message);
      if (objection === 'journal-failed' && !isUrgent) return reply({ result: 'failed', reason: objection });
      if (objection === 'repeated' || objection === 'stale-command')
        return refused.take(sender, clock.monotonic())
          ? turnAway(one, objection)
          : drop(`${topics.base}/command`, TOO_MANY);
    }
    const id = await record.command({
      operation,
      operator,
      by,
      transaction: message.transaction,
      ...(name !== undefined && argument !== '' && { [name]: argument }),
    });
    if (id === undefined && !isUrgent) return reply({ result: 'failed', reason: 'journal-failed' });
    const answer = await answerOf(handlers[operation]({ operator, argument }));
    if (id !== undefined)
      await record.obeyed(id, {
        outcome: answer.result,
        reason: answer.result === 'ok' ? undefined : answer.reason,
      });
    await reply(answer);
  };
  const hear = async (one: Heard, admitted: Admitted) => {
    if (admitted.kind === 'denied') return turnAway(one, admitted.reason);
    if (admitted.kind === 'allowed') return obey(one, admitted);
    const { operator, shared } = admitted;
    const challenge = challenges.issue(operator, commands.nonce(), clock.monotonic());
    const answer: Answer = { result: 'ok', challenge, valid_ms: COMMAND_CHALLENGE_VALID };
    return shared ? shareChallenge(bus, topics.base, operator, answer) : one.reply(answer);
  };
  const onMessage = (incoming: BusMessage) => {
    if (signal.aborted) return;
    const { topic, payload, retained, correlation } = incoming;
    if (retained) return drop(topic, 'retained');
    const [name = '', user] = topic.slice(`${topics.base}/command/`.length).split('/');
    if (!OPERATION_NAME.test(name) || (user !== undefined && !ID_PATTERN.test(user)))
      return drop(topic, 'bad-topic');
    const message = readMessage(commandMessage, payload, MAX_COMMAND);
    if (message === undefined || (correlation?.length ?? 0) > MAX_CORRELATION)
      return drop(topic, 'bad-message');
    const now = clock.monotonic();
    const admitted = admission.judge(name, message, user, now);
    if (admitted === undefined) return drop(topic, TOO_MANY);
    if (admitted.kind === 'denied' && !refused.take(admitted.sender, now)) return drop(topic, TOO_MANY);
    const reply = replyTo(bus, topics.base, name, message, incoming);
    const one = { name, message, reply, user };
    if (!start(() => hear(one, admitted))) drop(topic, TOO_MANY);
  };
  bus.subscribe(topics.operator.commands, onMessage);
  bus.subscribe(topics.operator.userCommands, onMessage);
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
      correlation,
    });
  };
}

/** While so many ask in an operator's name that not each is answered: for whoever is that operator. */
async function shareChallenge(bus: Bus, base: string, operator: string, answer: Answer): Promise<void> {
  const payload = JSON.stringify({ v: 1, operator, operation: 'challenge', ...answer });
  await bus.publish(`${base}/response/challenge`, payload, { qos: 1, expirySeconds: ANSWER_EXPIRY_S });
}
