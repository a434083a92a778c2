/** What the daemon learns of its lanes' cameras and keeps over a restart: which were moved, and how impostors are distributed. */
import { dayOf } from '../../access/policy/schedule.js';
import type { DriftState } from '../../adaptation/camera-drift.js';
import { type KeptDrift, LONGEST_PAUSE, openDriftStore } from '../../adaptation/drift-store.js';
import { openImpostorStore } from '../../adaptation/impostor-store.js';
import { createMetEvidence, type MetEvidence } from '../../adaptation/met-evidence.js';
import type { Clock } from '../../base/clock.js';
import { explain } from '../../base/errors.js';
import { type LaneId, laneId } from '../../base/ids.js';
import { type Millis, millis, monotonic, type WallTime, wallTime } from '../../base/units.js';
import type { Log } from '../../platform/log.js';
import { systemClock } from '../../platform/system-clock.js';
import { siteZone } from '../config/sections/access-section.js';
import type { DaemonContext } from './daemon-context.js';
import type { Recognition } from './open-recognition.js';
import type { Storage } from './open-storage.js';

export interface CameraKnowledge {
  /** Lanes whose camera is another one than its templates were captured by. */
  readonly moved: Set<LaneId>;
  readonly met: MetEvidence;
  /** What was known of a lane's camera when the daemon began. */
  driftOf(lane: LaneId): DriftState | undefined;
  /** Keeps what is known now: at each change, and from time to time while faces differ. */
  keepDrift(lane: LaneId, state: DriftState): void;
}

/** So often at most a state that did not change is written, so that its age shows how long a box was off. */
const REFRESHED: Millis = millis(600_000);

/** What was seen through another encoder than the one in use counts for nothing. @throws TwinstileError of the database. */
export async function openCameraKnowledge(
  { config, log }: Pick<DaemonContext, 'config'> & { readonly log: Pick<Log, 'warn' | 'error'> },
  { database }: Pick<Storage, 'database'>,
  { comparison }: Pick<Recognition, 'comparison'>,
  clock: Clock = systemClock,
): Promise<CameraKnowledge> {
  const store = openDriftStore(database);
  const encoder = comparison.trunk.digest;
  const begun = new Map<LaneId, DriftState>();
  for (const lane of config.lanes.map(({ id }) => laneId(id))) {
    const kept = await store.load(lane, encoder);
    if (kept !== undefined) begun.set(lane, resumed(kept, clock));
  }
  const written = new Map<LaneId, KeptDrift>();
  const moved = [...begun].flatMap(([lane, { isMoved }]) => (isMoved ? [lane] : []));
  for (const lane of moved) log.warn({ lane }, 'the camera was moved or replaced before the last stop');
  return {
    moved: new Set(moved),
    met: createMetEvidence(openImpostorStore(database), {
      dayAt: dayOf(siteZone(config)),
      now: () => clock.wall(),
    }),
    driftOf: (lane) => begun.get(lane),
    keepDrift(lane, { isMoved, differsSince }) {
      const now = clock.wall();
      const since: WallTime | undefined =
        differsSince === undefined ? undefined : wallTime(now - (clock.monotonic() - differsSince));
      const before = written.get(lane) ?? { isMoved: begun.get(lane)?.isMoved ?? false, at: wallTime(0) };
      const isSame =
        before.isMoved === isMoved && (before.differsSince === undefined) === (since === undefined);
      if (isSame && (since === undefined || now - before.at < REFRESHED)) return;
      const drift = { isMoved, differsSince: since, at: now };
      written.set(lane, drift);
      // The lane goes on by what is in memory.
      store
        .save(lane, encoder, drift)
        .catch((error: unknown) =>
          log.error({ lane, detail: explain(error) }, 'what was seen of the camera is not kept'),
        );
    },
  };
}

/** A moved camera stays moved until faces show otherwise; a difference counts on where the pause was short. */
export function resumed({ isMoved, differsSince, at }: KeptDrift, clock: Clock): DriftState {
  const [now, off] = [clock.wall(), clock.wall() - at];
  const isShort = off >= 0 && off <= LONGEST_PAUSE;
  if (differsSince === undefined || !(isMoved || isShort)) return { isMoved };
  return { isMoved, differsSince: monotonic(clock.monotonic() - (now - differsSince)) };
}
