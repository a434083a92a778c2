/**
 * Lists every topic with its writers and readers: one table for the program, the access list of docs/PROTOCOL.md and doctor.
 *
 * Pure. A path is below "twinstile/SITE/LANE/" or "twinstile/SITE/"; names in braces are filled in.
 */

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
