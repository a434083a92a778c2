/** Publishes the answers to operator commands. */
import type { Answer } from '../gate/operator-command/operator-commands.js';
import type { CommandMessage } from '../gate/operator-command/operator-messages.js';
import type { Bus, BusMessage } from '../platform/mqtt/message-bus.js';

export type Reply = (answer: Answer) => Promise<void>;

export interface CommandReplies {
  to(operation: string, message: CommandMessage, received: BusMessage): Reply;
  /** While too many requests come in an operator's name to answer each: one challenge for all of them. */
  shareChallenge(operator: string, answer: Answer): Promise<void>;
}

const ANSWER_EXPIRY_S = 30;

/** @param base topic of the lane, "twinstile/SITE/LANE". */
export function createCommandReplies(bus: Bus, base: string): CommandReplies {
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
