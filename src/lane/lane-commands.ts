/** Receives operator commands from MQTT, records them in the journal, executes and answers them. */
import { TwinstileError } from '../base/errors.js';
import { ID_PATTERN } from '../base/ids.js';
import { createKeyedTokenBuckets, type RateLimit } from '../base/token-bucket.js';
import { COMMAND_CHALLENGE_VALID, type Denial } from '../gate/operator-command/authority.js';
import type { Answer, Handlers, LaneCommands } from '../gate/operator-command/operator-commands.js';
import {
  ARGUMENT_OF,
  argumentOf,
  type CommandMessage,
  commandMessage,
  MAX_COMMAND,
  type Operation,
} from '../gate/operator-command/operator-messages.js';
import { readMessage } from '../gate/protocol/gate-messages.js';
import type { Bus, BusMessage } from '../platform/mqtt/message-bus.js';
import {
  type Admitted,
  type CommandAdmission,
  createCommandAdmission,
  createUnsignedCommands,
  type UnsignedCommands,
  type UnsignedObjection,
} from './command-admission.js';
import { TOO_MANY } from './dropped-messages.js';
import type { LaneDependencies } from './lane-dependencies.js';
import type { LaneRecord } from './lane-journal.js';

/** For each sender: refusals are answered and written down, but not without end. */
const REFUSED: RateLimit = { burst: 10, perSecond: 1 };
const DONE: RateLimit = { burst: 10, perSecond: 2 };
/** More senders than any site lists; all that are not listed share one name. */
const MAX_SENDERS = 256;
/** It comes back with the answer, so it may not be long. */
const MAX_CORRELATION = 256;
/** Names of operations that may be added later; anything else is no command. */
const OPERATION_NAME = /^[a-z][a-z-]{0,39}$/;

interface ReceivedCommand {
  readonly name: string;
  readonly message: CommandMessage;
  readonly user?: string;
  readonly reply: Reply;
}

type AllowedCommand = Admitted & { readonly kind: 'allowed' };

export interface CommandListenerDependencies {
  readonly record: LaneRecord;
  readonly open: Handlers['open'];
  /** Takes the work of a command; false when as much is in progress as may be. */
  readonly start: (work: () => Promise<void>) => boolean;
  /** A message that is not used, and why. */
  readonly drop: (topic: string, reason: string) => void;
}

/** Listens until the signal aborts. */
export function listenForCommands(
  lane: LaneDependencies,
  commands: LaneCommands,
  needs: CommandListenerDependencies,
  signal: AbortSignal,
): void {
  const { topics } = lane.identity;
  const listener = new CommandListener(lane, commands, needs);
  const onMessage = (incoming: BusMessage) => {
    if (!signal.aborted) listener.receive(incoming);
  };
  lane.ports.bus.subscribe(topics.operator.commands, onMessage);
  lane.ports.bus.subscribe(topics.operator.userCommands, onMessage);
}

class CommandListener {
  readonly #lane: LaneDependencies;
  readonly #commands: LaneCommands;
  readonly #needs: CommandListenerDependencies;
  readonly #handlers: Handlers;
  readonly #admission: CommandAdmission;
  readonly #replies: CommandReplies;
  readonly #unsigned: UnsignedCommands;
  readonly #refused = createKeyedTokenBuckets(REFUSED, MAX_SENDERS);
  readonly #done = createKeyedTokenBuckets(DONE, MAX_SENDERS);

  constructor(lane: LaneDependencies, commands: LaneCommands, needs: CommandListenerDependencies) {
    const { authority, challenges, taken } = commands;
    const { base } = lane.identity.topics;
    this.#lane = lane;
    this.#commands = commands;
    this.#needs = needs;
    this.#handlers = { ...commands.handlers, open: needs.open };
    this.#admission = createCommandAdmission({ lane: base, authority, challenges });
    this.#replies = createCommandReplies(lane.ports.bus, base);
    this.#unsigned = createUnsignedCommands(lane, taken);
  }

  /** Starts the work of a message, or drops it. */
  receive(incoming: BusMessage) {
    const { start, drop } = this.#needs;
    const { base } = this.#lane.identity.topics;
    const { topic, payload, retained, correlation } = incoming;
    if (retained) return drop(topic, 'retained');
    const [name = '', user] = topic.slice(`${base}/command/`.length).split('/');
    if (!OPERATION_NAME.test(name) || (user !== undefined && !ID_PATTERN.test(user)))
      return drop(topic, 'bad-topic');
    const message = readMessage(commandMessage, payload, MAX_COMMAND);
    if (message === undefined || (correlation?.length ?? 0) > MAX_CORRELATION)
      return drop(topic, 'bad-message');
    const now = this.#lane.ports.clock.monotonic();
    const admitted = this.#admission.judge(name, message, user, now);
    if (admitted === undefined) return drop(topic, TOO_MANY);
    if (admitted.kind === 'denied' && !this.#refused.take(admitted.sender, now)) return drop(topic, TOO_MANY);
    const reply = this.#replies.to(name, message, incoming);
    const received = { name, message, reply, user };
    if (!start(() => this.#answer(received, admitted))) drop(topic, TOO_MANY);
  }

  async #answer(received: ReceivedCommand, admitted: Admitted): Promise<void> {
    if (admitted.kind === 'denied') return this.#refuse(received, admitted.reason);
    if (admitted.kind === 'allowed') return this.#execute(received, admitted);
    const { operator, shared } = admitted;
    const { challenges, nonce } = this.#commands;
    const challenge = challenges.issue(operator, nonce(), this.#lane.ports.clock.monotonic());
    const answer: Answer = { result: 'ok', challenge, valid_ms: COMMAND_CHALLENGE_VALID };
    return shared ? this.#replies.shareChallenge(operator, answer) : received.reply(answer);
  }

  async #refuse(
    { name, message, user, reply }: ReceivedCommand,
    reason: Denial | UnsignedObjection | 'unknown-operation',
  ): Promise<void> {
    await this.#needs.record.command({
      operation: name,
      claimed: user ?? message.operator ?? null,
      transaction: message.transaction,
      result: 'refused',
      reason,
    });
    await reply({ result: 'refused', reason });
  }

  async #execute(received: ReceivedCommand, allowed: AllowedCommand): Promise<void> {
    const { record } = this.#needs;
    const { operation, operator, by, sender } = allowed;
    const { message, reply } = received;
    const argument = argumentOf(operation, message);
    const name = ARGUMENT_OF[operation];
    if (!this.#done.take(sender, this.#lane.ports.clock.monotonic()))
      return reply({ result: 'refused', reason: TOO_MANY });
    if (by === 'broker' && (await this.#isStopped(received, allowed))) return;
    const id = await record.command({
      operation,
      operator,
      by,
      transaction: message.transaction,
      ...(name !== undefined && argument !== '' && { [name]: argument }),
    });
    if (id === undefined && !isUrgent(operation))
      return reply({ result: 'failed', reason: 'journal-failed' });
    const answer = await answerOf(this.#handlers[operation]({ operator, argument }));
    if (id !== undefined)
      await record.commandOutcome(id, {
        outcome: answer.result,
        reason: answer.result === 'ok' ? undefined : answer.reason,
      });
    await reply(answer);
  }

  /** Whether an unsigned command may not be done; it is answered then. */
  async #isStopped(
    received: ReceivedCommand,
    { operation, operator, sender }: AllowedCommand,
  ): Promise<boolean> {
    const objection = await this.#unsigned.objectionTo(operator, received.message);
    if (objection === undefined || (objection === 'journal-failed' && isUrgent(operation))) return false;
    if (objection === 'journal-failed') await received.reply({ result: 'failed', reason: objection });
    else if (this.#refused.take(sender, this.#lane.ports.clock.monotonic()))
      await this.#refuse(received, objection);
    else this.#needs.drop(`${this.#lane.identity.topics.base}/command`, TOO_MANY);
    return true;
  }
}

/** What closes the gate, or lets people out, must not wait for a disk. */
const isUrgent = (operation: Operation): boolean => operation === 'lockdown' || operation === 'mode';

/** A failure is reported to the operator; the lane goes on. */
async function answerOf(work: Promise<Answer>): Promise<Answer> {
  try {
    return await work;
  } catch (error) {
    return { result: 'failed', reason: error instanceof TwinstileError ? error.code : 'internal' };
  }
}

/** Publishes the answers to operator commands. */
type Reply = (answer: Answer) => Promise<void>;

interface CommandReplies {
  to(operation: string, message: CommandMessage, received: BusMessage): Reply;
  /** While too many requests come in an operator's name to answer each: one challenge for all of them. */
  shareChallenge(operator: string, answer: Answer): Promise<void>;
}

const ANSWER_EXPIRY_S = 30;

/** @param base topic of the lane, "twinstile/SITE/LANE". */
function createCommandReplies(bus: Bus, base: string): CommandReplies {
  return {
    to(operation, { transaction }, { responseTopic, correlation }) {
      const topic = isOurs(base, responseTopic) ? responseTopic : `${base}/response/${operation}`;
      return async (answer) => {
        const payload = JSON.stringify({ v: 1, transaction, operation, ...answer });
        await bus.publish(topic, payload, { qos: 1, expirySeconds: ANSWER_EXPIRY_S, correlation });
      };
    },
    async shareChallenge(operator, answer) {
      const payload = JSON.stringify({ v: 1, operator, operation: 'challenge', ...answer });
      await bus.publish(`${base}/response/challenge`, payload, { qos: 1, expirySeconds: ANSWER_EXPIRY_S });
    },
  };
}

/**
 * Answers go to the requested response topic only if it is one of this lane's: a client must not be able to make the lane
 * publish anywhere else, where its messages may be trusted more.
 */
const isOurs = (base: string, topic: string | undefined): topic is string =>
  topic?.startsWith(`${base}/response/`) === true && /^[^+#\0]{1,200}$/.test(topic);
