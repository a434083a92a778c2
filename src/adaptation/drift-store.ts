/** Keeps whether a lane's camera was moved, over a restart: a flag and a time, nothing of any face. */
import type { LaneId, ModelDigest } from '../base/ids.js';
import { type Millis, millis, type WallTime, wallTime } from '../base/units.js';
import type { Tables } from '../records/sql-port.js';

export interface KeptDrift {
  readonly isMoved: boolean;
  /** Since when its faces differ from their templates; absent while they do not. */
  readonly differsSince?: WallTime;
  /** When this was last known. */
  readonly at: WallTime;
}

/** For so long a box may be off and what was seen before still counts as seen all the time. */
export const LONGEST_PAUSE: Millis = millis(3_600_000);

interface DriftRow {
  readonly is_moved: number;
  readonly differs_since_ms: number | null;
  readonly at_ms: number;
}

export interface DriftStore {
  /** @returns undefined where nothing is kept, or what is kept is of another encoder. */
  load(lane: LaneId, encoder: ModelDigest): Promise<KeptDrift | undefined>;
  save(lane: LaneId, encoder: ModelDigest, drift: KeptDrift): Promise<void>;
}

/** The database stays the caller's to close. */
export const openDriftStore = (tables: Pick<Tables, 'read' | 'write'>): DriftStore => ({
  load: (lane, encoder) =>
    tables.read(async (sql) => {
      const row = await sql.one<DriftRow>(
        'SELECT is_moved, differs_since_ms, at_ms FROM camera_drift WHERE lane = ? AND encoder = ?',
        lane,
        encoder,
      );
      if (row === undefined) return undefined;
      return {
        isMoved: row.is_moved === 1,
        differsSince: row.differs_since_ms === null ? undefined : wallTime(row.differs_since_ms),
        at: wallTime(row.at_ms),
      };
    }),
  save: (lane, encoder, { isMoved, differsSince, at }) =>
    tables.write(async (sql) => {
      await sql.run(
        `INSERT INTO camera_drift VALUES (?, ?, ?, ?, ?) ON CONFLICT (lane) DO UPDATE SET encoder = excluded.encoder,
           is_moved = excluded.is_moved, differs_since_ms = excluded.differs_since_ms, at_ms = excluded.at_ms`,
        lane,
        encoder,
        isMoved ? 1 : 0,
        differsSince ?? null,
        at,
      );
    }),
});
