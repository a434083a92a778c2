/** Opens the services that only some configurations use. */
import type { ReleasedModels } from '../../fleet/releases/rollout-state.js';
import type { LiveGallery } from '../../lane/live-gallery.js';
import type { Bus } from '../../platform/mqtt/message-bus.js';
import { systemClock } from '../../platform/system-clock.js';
import type { DaemonContext, Restart } from './daemon-context.js';
import { type Follower, followFleet } from './follow-fleet.js';
import { followModels, type ModelsFollower } from './follow-models.js';
import type { Recognition } from './open-recognition.js';
import type { Storage } from './open-storage.js';
import { type AdaptationService, openLaneAdaptation } from './serve-adaptation.js';

/** Opens the adaptation of lanes to their cameras; absent where it is off. */
export const openAdaptationService = (
  { configured, log, env }: DaemonContext,
  { database, secrets, people }: Storage,
  { card, comparison }: Recognition,
): AdaptationService | undefined =>
  openLaneAdaptation({
    config: configured,
    database,
    key: secrets.galleryKey,
    people,
    card,
    configured: comparison,
    clock: systemClock,
    log,
    env,
  });

/** Opens the service that follows the published gallery of a fleet; absent where the box has people of its own. */
export async function openFleet(
  { config, configured, log, env }: DaemonContext,
  { database, secrets, people }: Storage,
  gallery: LiveGallery,
  bus: Bus,
): Promise<Follower | undefined> {
  const { fleet } = config.gallery;
  if (fleet === undefined) return undefined;
  return followFleet({
    config: configured,
    fleet,
    database,
    galleryKey: secrets.galleryKey,
    store: people,
    live: gallery,
    bus,
    log,
    env,
  });
}

/** Opens the service that switches to the model releases of a fleet; absent where the box takes none. */
export async function openRollout(
  { config, log }: DaemonContext,
  { database, journal }: Storage,
  restart: Restart,
  running: ReleasedModels | undefined,
): Promise<ModelsFollower | undefined> {
  const { fleet } = config.gallery;
  if (fleet?.models.accept_releases !== true) return undefined;
  return followModels({
    config,
    fleet,
    database,
    journal,
    log,
    running,
    onSwitched: () => restart.request('other-models'),
  });
}
