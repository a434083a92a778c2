/** Names the topic of each message. */
import { TwinstileError } from '../../base/errors.js';
import type { LaneId, SiteId } from '../../base/ids.js';
import { LANE_TOPICS, SITE_TOPICS } from './topic-table.js';

export interface GateTopics {
  /** Retained `online` / `offline` of the actuator itself. */
  readonly availability: string;
  readonly challenge: string;
  readonly grant: string;
  readonly ack: string;
  readonly passage: string;
}

export interface LaneTopics {
  /** "twinstile/SITE/LANE", without a slash at the end. */
  readonly base: string;
  readonly availability: string;
  readonly state: string;
  readonly health: string;
  readonly decision: string;
  /** For security, never shown to the person at the gate. */
  readonly alert: string;
  readonly badge: string;
  /** Where doctor checks that messages arrive. */
  readonly probe: string;
  readonly gate: GateTopics;
  readonly operator: OperatorTopics;
}

interface OperatorTopics {
  /** Filter over every `command/OP`. */
  readonly commands: string;
  /** Filter over every `command/OP/USER`. */
  readonly userCommands: string;
  /** @throws TwinstileError 'bad-arguments' when `operation` or `user` cannot be a topic segment. */
  command(operation: string, user?: string): string;
  /** @throws TwinstileError 'bad-arguments' when `operation` cannot be a topic segment. */
  response(operation: string): string;
}

interface SiteTopics {
  readonly galleryPublished: string;
  readonly galleryRevoked: string;
  /** Filter over every box's `galleryReceipt`. */
  readonly galleryReceipts: string;
  /** Where a box reports, retained, which revocations it has taken. @throws TwinstileError 'bad-arguments' as `command`. */
  galleryReceipt(device: string): string;
  /** Where doctor checks that messages to all boxes arrive. @throws TwinstileError 'bad-arguments' as `command`. */
  galleryProbe(device: string): string;
}

/** @throws TwinstileError 'bad-arguments' when a name cannot be a topic segment. */
export function laneTopics(site: SiteId, lane: LaneId): LaneTopics {
  const base = `twinstile/${segment(site)}/${segment(lane)}`;
  const at = (name: keyof typeof LANE_TOPICS): string => `${base}/${LANE_TOPICS[name].path}`;
  return {
    base,
    availability: at('availability'),
    state: at('state'),
    health: at('health'),
    decision: at('decision'),
    alert: at('alert'),
    badge: at('badge'),
    probe: at('probe'),
    gate: {
      availability: at('gateAvailability'),
      challenge: at('gateChallenge'),
      grant: at('gateGrant'),
      ack: at('gateAck'),
      passage: at('gatePassage'),
    },
    operator: {
      commands: at('commands'),
      userCommands: at('userCommands'),
      command: (operation, user) =>
        [at('command'), ...[operation, ...(user === undefined ? [] : [user])].map(segment)].join('/'),
      response: (operation) => `${at('response')}/${segment(operation)}`,
    },
  };
}

/** @throws TwinstileError 'bad-arguments' when the name cannot be a topic segment. */
export function siteTopics(site: SiteId): SiteTopics {
  const at = (name: keyof typeof SITE_TOPICS): string =>
    `twinstile/${segment(site)}/${SITE_TOPICS[name].path}`;
  return {
    galleryPublished: at('galleryPublished'),
    galleryRevoked: at('galleryRevoked'),
    galleryReceipts: at('galleryReceipts'),
    galleryReceipt: (device) => at('galleryReceipt').replace('{device}', segment(device)),
    galleryProbe: (device) => at('galleryProbe').replace('{device}', segment(device)),
  };
}

/** A wildcard or a slash in a name would reach the topics of other lanes. */
export function segment(name: string): string {
  if (name.length >= 1 && name.length <= 64 && !/[+#/\0]/.test(name)) return name;
  throw new TwinstileError({
    code: 'bad-arguments',
    message: `Expected a topic segment of 1 to 64 characters without + # / or NUL, got ${JSON.stringify(name)}.`,
    hint: 'Choose a name of letters, digits, dots and dashes.',
  });
}
