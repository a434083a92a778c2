/** Audits the enrolled templates of a box: which differ from their owner's, who resembles whom, and where they were captured. */
import { ID_PATTERN, type LaneId, laneId, type PersonId, siteId } from '../../base/ids.js';
import {
  type CaptureCondition,
  cameraCondition,
  LIGHTS,
  type Light,
  PHOTO,
  readCondition,
  UNKNOWN_CONDITION,
} from '../../biometrics/conditions/capture-condition.js';
import { offsetsBetween } from '../../biometrics/conditions/offsets-between.js';
import type { Comparison } from '../../biometrics/head/comparison.js';
import { identificationBound } from '../../lane/decision/promise.js';
import { prepareGallery } from '../../lane/gallery-through.js';
import { type AlikePeople, auditLikeness, type UnlikeOwner } from '../../records/people/gallery-audit.js';
import type { Enrolled, GalleryStore } from '../../records/people/gallery-store.js';
import { openSearch } from '../../records/people/search.js';
import type { Config } from '../config/config-schema.js';
import { ownConditions, type PromisedLane, promisedLanes } from './lane-promises.js';

/** With so many people at a camera the enrolled were let in as before they were centred, on every camera that was tried. */
const ENOUGH_PEOPLE = 5;

/** Where templates were captured. */
export interface CapturedAt {
  readonly condition: CaptureCondition;
  /** Absent: none of this box's lanes. */
  readonly lane?: LaneId;
  readonly light?: Light;
  readonly people: number;
  readonly templates: number;
  /** A camera of a lane with too few people for a centre that keeps no enrolled person out. */
  readonly isFew: boolean;
}

/** People who come too near to each other, and what that means at each lane. */
interface AlikeAtDoor extends AlikePeople {
  /** Where each may pass as the other: the lane's bound is above their rate. */
  readonly passes: readonly { readonly lane: LaneId; readonly mode: 'identification' | 'verification' }[];
}

interface UnlikeTemplate extends UnlikeOwner {
  readonly condition: CaptureCondition;
}

export interface GalleryAudit {
  readonly people: number;
  readonly templates: number;
  readonly unlike: readonly UnlikeTemplate[];
  readonly alike: readonly AlikeAtDoor[];
  readonly captured: readonly CapturedAt[];
  /** People whose templates are all of another encoder. */
  readonly oldEncoder: readonly PersonId[];
  readonly lanes: readonly Pick<PromisedLane, 'lane' | 'promise'>[];
}

export interface AuditDependencies {
  readonly gallery: Pick<GalleryStore, 'snapshot' | 'list'>;
  readonly config: Pick<Config, 'site' | 'lanes'>;
  readonly comparison: Comparison;
}

/**
 * Audits a gallery. Without a calibration table likeness is not looked at.
 * @param only whom likeness is looked at for; absent: of all people.
 */
export async function auditGallery(
  { gallery, config, comparison }: AuditDependencies,
  only?: ReadonlySet<PersonId>,
): Promise<GalleryAudit> {
  const { digest, dimension } = comparison.trunk;
  const stored = await gallery.snapshot(digest, dimension);
  const prepared = await prepareGallery(comparison, stored, openSearch, ownConditions(config));
  try {
    const lanes = await promisedLanes(config, prepared);
    const { snapshot, search, centres, liveOf } = prepared;
    const { calibration, metric } = comparison;
    const likeness =
      calibration === undefined
        ? { unlike: [], alike: [] }
        : await auditLikeness(
            {
              snapshot,
              search,
              metric,
              calibration,
              offsetsBetween: offsetsBetween(centres),
              liveOf,
            },
            only,
          );
    return {
      people: new Set(snapshot.owners).size,
      templates: snapshot.owners.length,
      unlike: likeness.unlike.map((one) => ({
        ...one,
        condition: stored.conditions[one.row] ?? UNKNOWN_CONDITION,
      })),
      alike: likeness.alike.map((one) => ({ ...one, passes: passesOf(one, lanes, config) })),
      captured: capturedAt(stored, config),
      oldEncoder: (await gallery.list()).filter(isOld(digest)).map(({ person }) => person.id),
      lanes: lanes.map(({ lane, promise }) => ({ lane, promise })),
    };
  } finally {
    await prepared.search.close();
  }
}

const isOld =
  (digest: string) =>
  ({ templates }: Enrolled): boolean =>
    templates.length > 0 && templates.every((template) => template.digest !== digest);

/** By the rates of the table as delivered: a lane whose table was moved is stricter than that. */
function passesOf(
  { fmr }: AlikePeople,
  promised: readonly PromisedLane[],
  { lanes }: Pick<Config, 'lanes'>,
): AlikeAtDoor['passes'] {
  return promised.flatMap(({ lane, gallery }) => {
    const rules = lanes.find(({ id }) => id === lane);
    const { identification = 'off', verification = 'off' } = rules ?? {};
    const asked = {
      identification:
        identification === 'off' ? undefined : identificationBound(gallery, identification.max_fpir),
      verification: verification === 'off' ? undefined : verification.max_fmr,
    };
    return (['identification', 'verification'] as const).flatMap((mode) => {
      const bound = asked[mode];
      return bound !== undefined && fmr <= bound ? [{ lane, mode }] : [];
    });
  });
}

function capturedAt(
  {
    owners,
    conditions,
  }: { readonly owners: readonly PersonId[]; readonly conditions: readonly CaptureCondition[] },
  { site, lanes }: Pick<Config, 'site' | 'lanes'>,
): readonly CapturedAt[] {
  const places = new Map(
    lanes.flatMap(({ id }) =>
      LIGHTS.map(
        (light) => [cameraCondition(siteId(site), laneId(id), light), { lane: laneId(id), light }] as const,
      ),
    ),
  );
  const seen = new Map<CaptureCondition, PersonId[]>();
  for (const [row, condition] of conditions.entries()) {
    const people = seen.get(condition) ?? [];
    seen.set(condition, people);
    const owner = owners[row];
    if (owner !== undefined) people.push(owner);
  }
  return [...seen].map(([condition, rows]) => {
    const people = new Set(rows).size;
    const place = places.get(condition);
    return {
      condition,
      ...place,
      people,
      templates: rows.length,
      isFew: place !== undefined && people < ENOUGH_PEOPLE,
    };
  });
}

/** SITE/LANE of a camera of the fleet, or SITE/LANE/infrared. */
const CAMERA_ELSEWHERE = /^([^/]+)\/([^/]+?)(?:\/(color|infrared))?$/;

/**
 * Reads where templates were captured: 'photo', 'webcam', a lane of the box, whose camera took them in colour,
 * SITE/LANE[/infrared] of another box of the fleet, or a camera's condition as it is stored.
 */
export function readCapturedAt(
  text: string,
  { site, lanes }: Pick<Config, 'site' | 'lanes'>,
): CaptureCondition | undefined {
  const lane = lanes.find(({ id }) => id === text);
  if (lane !== undefined) return cameraCondition(siteId(site), laneId(lane.id), 'color');
  const stored = readCondition(text);
  if (stored !== undefined && stored !== UNKNOWN_CONDITION) return stored;
  const [, elsewhere = '', camera = '', light] = CAMERA_ELSEWHERE.exec(text) ?? [];
  if (ID_PATTERN.test(elsewhere) && ID_PATTERN.test(camera))
    return cameraCondition(siteId(elsewhere), laneId(camera), light === 'infrared' ? light : 'color');
  return undefined;
}

/** What `people audit --captured-at` changes: templates of which it is not recorded, and those that such a command recorded as photographs. */
export const CORRECTABLE: readonly CaptureCondition[] = [UNKNOWN_CONDITION, PHOTO];
