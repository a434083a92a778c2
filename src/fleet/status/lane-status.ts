/** Reads a lane's last report: `availability`, `state` and `health`, as the broker retains them. */
import { z } from 'zod';
import { ID_PATTERN } from '../../base/ids.js';
import { type WallTime, wallTime } from '../../base/units.js';
import { type JournalHead, readJournalHead } from '../../records/journal/journal-head.js';
import { OLDEST_SEGMENT_FORMAT } from '../segments/segment-format.js';

export interface LaneReport {
  readonly site: string;
  readonly lane: string;
  /** Absent when there was no report: nothing is retained, or it could not be read. */
  readonly isOnline?: boolean;
  readonly state?: ReportedLaneState;
  /** When it last reported its health; lanes do every minute. */
  readonly seenAt?: WallTime;
  /** The journal's newest row, as the box signed it. */
  readonly journal?: JournalHead;
}

export interface ReportedLaneState {
  /** Name of the box; absent from versions that do not send it. */
  readonly device?: string;
  /** Versions of the program and of Node.js; absent from versions that do not send them. */
  readonly program?: { readonly version: string; readonly node: string };
  readonly mode: string;
  readonly degraded: readonly string[];
  readonly pack: string;
  readonly head?: string;
  /** Number of the published gallery in use; absent before the first one, and where there is no fleet. */
  readonly serial?: number;
  readonly signedAt?: WallTime;
  /** The highest format of segments that it reads; absent where there is no fleet. */
  readonly reads?: number;
}

/** Longer text is no name. */
const word = z.string().min(1).max(200);
const at = z.iso.datetime().transform((text) => wallTime(Date.parse(text)));
const stateSchema = z.looseObject({
  v: z.literal(1),
  device: word.optional(),
  program: z.looseObject({ version: word, node: word }).optional(),
  mode: word,
  degraded: z.array(word).max(100),
  pack: z.looseObject({ name: word, head: word.optional() }),
  gallery: z.looseObject({
    published: z
      .looseObject({
        serial: z.int().min(0).optional(),
        signed_at: at.optional(),
        reads: z.int().min(1).max(1000).optional(),
      })
      .optional(),
  }),
});
const healthSchema = z.looseObject({ v: z.literal(1), at, journal: z.unknown().optional() });

export const REPORT_TOPICS = ['availability', 'state', 'health'] as const;

/** @returns undefined for other topics and messages, and for what cannot be read. */
export function readLaneReport(topic: string, payload: Uint8Array): LaneReport | undefined {
  const [base, site = '', lane = '', what, ...rest] = topic.split('/');
  if (base !== 'twinstile' || rest.length > 0 || !ID_PATTERN.test(site) || !ID_PATTERN.test(lane))
    return undefined;
  const text = Buffer.from(payload).toString('utf8');
  if (what === 'availability')
    return text === 'online' || text === 'offline' ? { site, lane, isOnline: text === 'online' } : undefined;
  if (what === 'state') {
    const message = parse(stateSchema, text);
    if (message === undefined) return undefined;
    const { device, program, mode, degraded, pack, gallery } = message;
    const { serial, signed_at: signedAt, reads = OLDEST_SEGMENT_FORMAT } = gallery.published ?? {};
    return {
      site,
      lane,
      state: {
        device,
        program: program === undefined ? undefined : { version: program.version, node: program.node },
        mode,
        degraded,
        pack: pack.name,
        head: pack.head,
        serial,
        signedAt,
        reads: gallery.published === undefined ? undefined : reads,
      },
    };
  }
  const health = what === 'health' ? parse(healthSchema, text) : undefined;
  if (health === undefined) return undefined;
  const journal = readJournalHead(health.journal);
  return { site, lane, seenAt: health.at, journal };
}

function parse<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    // Any client with the right to publish there may publish anything.
    return undefined;
  }
}
