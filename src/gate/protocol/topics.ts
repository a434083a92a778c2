/**
 * Lists every topic with its writers and readers, and names the topic of each message: one table for the program, the access list of
 * docs/PROTOCOL.md and doctor.
 *
 * Pure. A path is below "twinstile/SITE/LANE/" or "twinstile/SITE/"; names in braces are filled in.
 */
import { TwinstileError } from '../../base/errors.js';
import type { LaneId, SiteId } from '../../base/ids.js';

/** A login at the broker. `box` is that of `twinstile run`: all lanes of a box and its outbox share it, and doctor uses it. */
export type Role =
  | 'box'
  | 'gate'
  | 'reader'
  | 'operator'
  | 'panel'
  | 'dashboard'
  | 'home-assistant'
  | 'registrar';

export interface TopicRow {
  readonly path: string;
  readonly writers: readonly Role[];
  readonly readers: readonly Role[];
}

/** Everything about lanes that shows no picture and is no command. */
const OBSERVERS: readonly Role[] = ['home-assistant', 'registrar'];

/** Of one lane. The box reads all of it by one rule, so that doctor's probe takes the way that badges and commands take. */
export const LANE_TOPICS = {
  availability: { path: 'availability', writers: ['box'], readers: OBSERVERS },
  state: { path: 'state', writers: ['box'], readers: OBSERVERS },
  health: { path: 'health', writers: ['box'], readers: OBSERVERS },
  decision: { path: 'decision', writers: ['box'], readers: ['home-assistant'] },
  alert: { path: 'alert', writers: ['box'], readers: [] },
  response: { path: 'response', writers: [], readers: [] },
  responses: { path: 'response/#', writers: ['box'], readers: ['operator', 'panel'] },
  /** Doctor publishes and receives here. */
  probe: { path: 'probe', writers: ['box'], readers: [] },
  badge: { path: 'badge', writers: ['reader'], readers: ['home-assistant'] },
  command: { path: 'command', writers: [], readers: [] },
  commands: { path: 'command/+', writers: ['operator'], readers: [] },
  userCommands: { path: 'command/+/+', writers: [], readers: [] },
  gateAvailability: { path: 'gate/availability', writers: ['gate'], readers: [] },
  gateChallenge: { path: 'gate/challenge', writers: ['gate'], readers: [] },
  gateGrant: { path: 'gate/grant', writers: ['box'], readers: ['gate'] },
  gateAck: { path: 'gate/ack', writers: ['gate'], readers: [] },
  gatePassage: { path: 'gate/passage', writers: ['gate'], readers: [] },
  everything: { path: '#', writers: [], readers: ['box'] },
} as const satisfies Record<string, TopicRow>;

/** Of all boxes of a site, that is of a fleet's gallery. */
export const SITE_TOPICS = {
  galleryPublished: { path: 'gallery/published', writers: ['registrar'], readers: [] },
  galleryRevoked: { path: 'gallery/revoked', writers: ['registrar'], readers: [] },
  /** Which revocations a box has taken, retained. */
  galleryReceipt: { path: 'gallery/receipt/{device}', writers: ['box'], readers: [] },
  galleryReceipts: { path: 'gallery/receipt/+', writers: [], readers: ['registrar'] },
  galleryProbe: { path: 'gallery/probe/{device}', writers: ['box'], readers: [] },
  galleryEverything: { path: 'gallery/#', writers: [], readers: ['box'] },
} as const satisfies Record<string, TopicRow>;

/** What a dashboard, which reads everything else, must not: pictures, and the ids in a revocation. */
export const HIDDEN_FROM_DASHBOARDS = { lane: ['response/snapshot'], site: ['gallery/#'] } as const;

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
