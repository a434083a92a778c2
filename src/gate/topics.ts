/** Where each message lives at the broker. */
import { TwinstileError } from '../base/errors.js';
import type { LaneId, SiteId } from '../base/ids.js';

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
  /** What security should hear, and nobody at the gate. */
  readonly notice: string;
  readonly badge: string;
  readonly gate: GateTopics;
  /** Filter over every `command/OP`. */
  readonly commands: string;
  /** Filter over every `command/OP/USER`. */
  readonly userCommands: string;
  /** @throws TwinstileError 'bad-arguments' when `operation` or `user` cannot be a topic segment. */
  command(operation: string, user?: string): string;
  /** @throws TwinstileError 'bad-arguments' when `operation` cannot be a topic segment. */
  response(operation: string): string;
}

export interface SiteTopics {
  readonly galleryPublished: string;
  readonly galleryRevoked: string;
}

/** @throws TwinstileError 'bad-arguments' when a name cannot be a topic segment. */
export function laneTopics(site: SiteId, lane: LaneId): LaneTopics {
  const base = `twinstile/${segment(site)}/${segment(lane)}`;
  return {
    base,
    availability: `${base}/availability`,
    state: `${base}/state`,
    health: `${base}/health`,
    decision: `${base}/decision`,
    notice: `${base}/notice`,
    badge: `${base}/badge`,
    gate: {
      availability: `${base}/gate/availability`,
      challenge: `${base}/gate/challenge`,
      grant: `${base}/gate/grant`,
      ack: `${base}/gate/ack`,
      passage: `${base}/gate/passage`,
    },
    commands: `${base}/command/+`,
    userCommands: `${base}/command/+/+`,
    command: (operation, user) =>
      [`${base}/command`, operation, ...(user === undefined ? [] : [user])]
        .map((part, index) => (index === 0 ? part : segment(part)))
        .join('/'),
    response: (operation) => `${base}/response/${segment(operation)}`,
  };
}

/** @throws TwinstileError 'bad-arguments' when the name cannot be a topic segment. */
export function siteTopics(site: SiteId): SiteTopics {
  const base = `twinstile/${segment(site)}/gallery`;
  return { galleryPublished: `${base}/published`, galleryRevoked: `${base}/revoked` };
}

/** A wildcard or a slash in a name would reach the topics of other lanes. */
function segment(name: string): string {
  if (name.length >= 1 && name.length <= 64 && !/[+#/\0]/.test(name)) return name;
  throw new TwinstileError({
    code: 'bad-arguments',
    message: `Expected a topic segment of 1 to 64 characters without + # / or NUL, got ${JSON.stringify(name)}.`,
    hint: 'Choose a name of letters, digits, dots and dashes.',
  });
}
