/** Checks what the service learned of its lanes' cameras: whether one was moved, and whom its door refused to enroll. */
import { access } from 'node:fs/promises';
import { type KeptDrift, openDriftStore } from '../../adaptation/drift-store.js';
import { COUNTED_DAYS, openImpostorStore } from '../../adaptation/impostor-store.js';
import { laneId, siteId } from '../../base/ids.js';
import { plural } from '../../base/plural.js';
import { cameraCondition } from '../../biometrics/conditions/capture-condition.js';
import { digestOf } from '../../biometrics/model-card.js';
import { openPacks } from '../../biometrics/packs/pack-store.js';
import type { MetCounts } from '../../lane/gallery-through.js';
import { databaseFile, withDatabase } from '../setup/open-gallery.js';
import { type Check, type Finding, good, warning } from './finding.js';

const CAMERAS = 'cameras';

export const checkCameras: Check = {
  about: CAMERAS,
  async look({ config, packFolder }) {
    try {
      await access(databaseFile(config));
    } catch {
      // Already reported by the check of the gallery.
      return [];
    }
    const encoder = digestOf((await openPacks(packFolder).open(config.models.pack)).card);
    return withDatabase(config, async (database) => {
      const [drifts, counts] = [openDriftStore(database), openImpostorStore(database)];
      const findings: Finding[] = [];
      for (const lane of config.lanes.map(({ id }) => laneId(id))) {
        const met = await counts.load(cameraCondition(siteId(config.site), lane, 'color'));
        findings.push(...findingsOfCamera(lane, await drifts.load(lane, encoder), met));
      }
      return findings.length > 0 ? findings : [good(CAMERAS, 'No camera is known to have been moved.')];
    });
  },
};

/** Reports what is known of one lane's camera. */
export function findingsOfCamera(
  lane: string,
  drift: KeptDrift | undefined,
  met: readonly MetCounts[],
): readonly Finding[] {
  const refused = refusedIn(met);
  return [
    ...(drift?.isMoved === true ? [movedFinding(lane, drift.differsSince)] : []),
    ...(refused > 0 ? [lookalikeFinding(lane, refused)] : []),
  ];
}

/** One newcomer counts under each condition that templates come from. */
function refusedIn(met: readonly MetCounts[]): number {
  const byTemplate = new Map<string, number>();
  for (const { source, template, probes } of met)
    if (source === 'lookalike') byTemplate.set(template, (byTemplate.get(template) ?? 0) + probes);
  return Math.max(0, ...byTemplate.values());
}

const movedFinding = (lane: string, since: number | undefined): Finding =>
  warning(
    CAMERAS,
    `The camera of lane ${lane} is another one than its templates were captured by${since === undefined ? '' : `, since ${new Date(since).toISOString()}`}: its centre is not trusted, and a face alone does not open.`,
    `Put the camera back, or enroll people again before it: twinstile enroll --lane ${lane} --person ID.`,
  );

const lookalikeFinding = (lane: string, refused: number): Finding =>
  warning(
    CAMERAS,
    `At the camera of lane ${lane} ${plural(refused, 'newcomer')} in ${COUNTED_DAYS} days looked like another person and ${refused === 1 ? 'was' : 'were'} not enrolled. Where they are different people, the camera makes faces alike.`,
    `Record where templates were captured (twinstile people audit), and enroll more people there; their distances count as evidence about the lane.`,
  );
