/**
 * Follows what lanes publish at the broker: decisions, what their gates answer, passages, state. Reads and never publishes.
 *
 * What arrives is checked for its shape alone: who may publish is a matter of the broker's access list, and the signatures of gates are
 * checked by the lanes, which write the outcome into their journals.
 */
import { z } from 'zod';
import { BoundedSet } from '../base/bounded-map.js';
import type { LaneId, SiteId } from '../base/ids.js';
import type { Bus, BusMessage } from '../platform/mqtt/message-bus.js';
import { LANE_TOPICS, laneTopics, segment } from './protocol/topics.js';

const short = z.string().max(200);
const v = z.number();

const SCHEMAS = {
  decision: z.object({
    id: short,
    at: short,
    verdict: z.enum(['granted', 'refused']),
    reason: short,
    mode: short.optional(),
    person: short.optional(),
    name: z.string().max(1024).optional(),
    badge: short.optional(),
    odds: short.optional(),
    operator: short.optional(),
    explanation: z.string().max(500).optional(),
  }),
  state: z.object({
    mode: short,
    gate: short.optional(),
    camera: short.optional(),
    degraded: z.array(short).max(100).default([]),
    operator: short.optional(),
  }),
  'gate/ack': z.object({ grant: short.nullable(), result: short, reason: short.optional() }),
  'gate/passage': z.object({ grant: short.nullable(), outcome: short }),
} as const;

type Kind = keyof typeof SCHEMAS;
type Said<Name extends Kind> = { readonly kind: Name; readonly lane: string } & {
  readonly message: z.infer<(typeof SCHEMAS)[Name]>;
};

export type LaneEvent =
  | Said<'decision'>
  | Said<'state'>
  | Said<'gate/ack'>
  | Said<'gate/passage'>
  | { readonly kind: 'availability'; readonly lane: string; readonly message: 'online' | 'offline' };

interface WatchOptions {
  readonly site: SiteId;
  /** Absent: every lane of the site that this login may read. */
  readonly lane?: LaneId | undefined;
  readonly onEvent: (event: LaneEvent) => void;
  /** A message that cannot be read. */
  readonly onUnreadable?: (topic: string) => void;
}

/** Of so many decisions a second delivery is known. */
const REMEMBERED = 1000;
const MAX_MESSAGE = 64 * 1024;

/** Follows until the bus is closed. */
export function watchLanes(bus: Bus, { site, lane, onEvent, onUnreadable = () => {} }: WatchOptions): void {
  const base = lane === undefined ? `twinstile/${segment(site)}/+` : laneTopics(site, lane).base;
  const seen = new BoundedSet<string>(REMEMBERED);
  for (const kind of Object.keys(SCHEMAS) as Kind[])
    bus.subscribe(`${base}/${kind}`, (message) => {
      // An empty payload takes a retained message away; of the rest only the state may be retained.
      if (message.payload.length === 0 || (message.retained && kind !== 'state')) return;
      const event = readEvent(kind, message);
      if (event === undefined) onUnreadable(message.topic);
      else if (event.kind !== 'decision') onEvent(event);
      else if (!seen.has(event.message.id)) {
        seen.add(event.message.id);
        onEvent(event);
      }
    });
  bus.subscribe(`${base}/${LANE_TOPICS.availability.path}`, ({ topic, payload }) => {
    const text = Buffer.from(payload.subarray(0, 16)).toString('utf8');
    if (text === 'online' || text === 'offline')
      onEvent({ kind: 'availability', lane: laneOf(topic), message: text });
  });
}

function readEvent(kind: Kind, { topic, payload }: BusMessage): LaneEvent | undefined {
  if (payload.length > MAX_MESSAGE) return undefined;
  try {
    const json: unknown = JSON.parse(Buffer.from(payload).toString('utf8'));
    if (!z.object({ v }).safeParse(json).success) return undefined;
    return { kind, lane: laneOf(topic), message: SCHEMAS[kind].parse(json) } as LaneEvent;
  } catch {
    return undefined;
  }
}

const laneOf = (topic: string): string => topic.split('/')[2] ?? '';
