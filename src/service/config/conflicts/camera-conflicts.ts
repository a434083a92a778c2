/** Refuses document cameras and regions of cameras that cannot work. Reads the raw document. */
import { type Entry, entriesOf, formatValue, isGroup, type Problem } from '../sections/raw-config.js';

/** Refuses a document camera that would compare a person with their own live face. @param lanes the list `lanes`. */
export function documentConflicts(lanes: unknown): readonly Problem[] {
  const all = entriesOf(lanes, 'lanes');
  return all.flatMap((lane) => {
    const { document_camera: pass } = lane.group;
    if (!isGroup(pass)) return [];
    const entry = { path: `${lane.path}.document_camera`, group: pass };
    return [
      ...notAllowed(lane),
      ...sameCamera(entry, all),
      ...withoutLiveness(lane, entry),
      ...zoneConflicts(pass.roi, `${entry.path}.roi`),
      ...noSize(entry),
    ];
  });
}

function notAllowed({ path, group: { verification } }: Entry): readonly Problem[] {
  const rule = isGroup(verification) ? verification.document_photo : verification;
  if (isGroup(verification) && rule === 'allowed') return [];
  return [
    {
      path: `${path}.verification.document_photo`,
      text: `Expected allowed beside a camera for passes, got ${formatValue(rule)}. Change it, or remove document_camera.`,
    },
  ];
}

/** A document camera must be separate: a face must not be compared with itself, nor with a pass at another gate. */
function sameCamera({ path, group: { camera } }: Entry, lanes: readonly Entry[]): readonly Problem[] {
  const own = placeOf(camera);
  if (own === undefined) return [];
  const others = lanes.flatMap((lane) => [
    { path: `${lane.path}.camera`, camera: lane.group.camera },
    ...(isGroup(lane.group.document_camera)
      ? [{ path: `${lane.path}.document_camera.camera`, camera: lane.group.document_camera.camera }]
      : []),
  ]);
  const twin = others.find((other) => other.path !== `${path}.camera` && placeOf(other.camera) === own);
  if (twin === undefined) return [];
  const text = `Expected a camera of its own for passes, got that of ${twin.path}. Name another one: a face would be compared with itself, or with the pass at another gate.`;
  return [{ path: `${path}.camera`, text }];
}

/** Identifies a camera by its device or address, without its settings. */
function placeOf(camera: unknown): string | undefined {
  if (!isGroup(camera)) return undefined;
  const { kind, device, sensor, url, path } = camera;
  const place =
    device ?? sensor ?? path ?? (typeof url === 'string' ? url.replace(/\/\/[^/@]*@/, '//') : url);
  return place === undefined ? undefined : `${kind} ${String(place)}`;
}

function withoutLiveness({ path, group }: Entry, { group: pass }: Entry): readonly Problem[] {
  if (pass.without_liveness === true) return [];
  const liveness = isGroup(group.liveness) ? group.liveness : {};
  const asked = [
    { path: `${path}.liveness`, group: liveness },
    ...entriesOf(liveness.by_schedule, `${path}.liveness.by_schedule`),
  ];
  return asked.flatMap(({ path: where, group: { mode, verification } }) => {
    const found = verification ?? mode;
    if (found === 'require') return [];
    return [
      {
        path: `${where}.verification`,
        text: `Expected require beside a camera for passes, got ${formatValue(found)}: whoever brings a pass has a picture to show. Change it, or accept it with document_camera.without_liveness: true.`,
      },
    ];
  });
}

function noSize({ path, group: { min_inter_ocular_px: least = 20, max_inter_ocular_px: most } }: Entry) {
  if (typeof least !== 'number' || typeof most !== 'number' || most > least) return [];
  const text = `Expected more than min_inter_ocular_px (${least}), got ${most}. Correct one.`;
  return [{ path: `${path}.max_inter_ocular_px`, text }];
}

/** Refuses a region of interest that exceeds the picture. @param raw as in the document. @param path of the zone. */
export function zoneConflicts(raw: unknown, path: string): readonly Problem[] {
  const zone = isGroup(raw) ? raw : {};
  return (
    [
      ['x', 'width'],
      ['y', 'height'],
    ] as const
  ).flatMap(([start, span]) => {
    const end = numberOr(zone[start], 0) + numberOr(zone[span], 1);
    if (end <= 1.000001) return [];
    const text = `Expected ${start} + ${span} to be at most 1, got ${end}. Make ${span} smaller.`;
    return [{ path, text }];
  });
}

const numberOr = (value: unknown, other: number): number => (typeof value === 'number' ? value : other);
