/** Combinations that each key alone would allow. Reads the raw document, so that they are told together with everything else. */
import { accessConflicts } from './access-conflicts.js';
import { commandConflicts } from './command-conflicts.js';
import { asksByAccess, credentialConflicts } from './credential-conflicts.js';
import { livenessConflicts } from './liveness-conflicts.js';
import { isGroup, type Problem } from './problems.js';

type Group = Readonly<Record<string, unknown>>;

export function conflictsIn(root: unknown): readonly Problem[] {
  if (!isGroup(root)) return [];
  const lanes: readonly unknown[] = Array.isArray(root.lanes) ? root.lanes : [];
  return [
    ...oneSource(root.gallery, 'gallery', 'key', true),
    ...oneSource(isGroup(root.gallery) ? root.gallery.fleet : undefined, 'gallery.fleet', 'key', true),
    ...oneSource(root.registrar, 'registrar', 'password', false),
    ...oneSource(root.grants, 'grants', 'key', true),
    ...oneSource(root.mqtt, 'mqtt', 'password', false),
    ...mqttConflicts(root.mqtt),
    ...twice(lanes, 'id'),
    ...twice(lanes, 'gate'),
    ...lanes.flatMap((lane, index) =>
      isGroup(lane) ? laneConflicts(lane, `lanes[${index}]`, asksByAccess(root.access, lane.id)) : [],
    ),
    ...accessConflicts(root.access, root.lanes),
    ...credentialConflicts(root.access, root.lanes),
    ...livenessConflicts(root.lanes, root.access),
    ...commandConflicts(root.commands),
  ];
}

function oneSource(group: unknown, path: string, name: string, needed: boolean): readonly Problem[] {
  if (!isGroup(group)) return [];
  const file = `${name}_file`;
  const credential = `${name}_credential`;
  const count = [file, credential].filter((key) => group[key] !== undefined).length;
  if (count === 2) return [{ path, text: `Expected ${file} or ${credential}, got both. Remove one.` }];
  if (count === 0 && needed)
    return [{ path, text: `Expected ${file} or ${credential}, got neither. Add one.` }];
  return [];
}

function mqttConflicts(mqtt: unknown): readonly Problem[] {
  if (!isGroup(mqtt)) return [];
  const has = (key: string): boolean => mqtt[key] !== undefined;
  const problems: Problem[] = [];
  if ((has('password_file') || has('password_credential')) && !has('username'))
    problems.push({
      path: 'mqtt.username',
      text: 'Expected a username to the password, got nothing. Add it.',
    });
  if (has('cert_file') !== has('key_file'))
    problems.push({
      path: 'mqtt',
      text: 'Expected cert_file and key_file together, got one of them. Add the other.',
    });
  if (typeof mqtt.url === 'string' && mqtt.url.startsWith('mqtt://'))
    for (const key of ['ca_file', 'cert_file', 'key_file'].filter(has))
      problems.push({
        path: `mqtt.${key}`,
        text: 'Expected mqtts:// with it, got mqtt://. Change mqtt.url, or remove it.',
      });
  return problems;
}

function twice(lanes: readonly unknown[], key: string): readonly Problem[] {
  const first = new Map<unknown, number>();
  return lanes.flatMap((lane, index) => {
    if (!isGroup(lane) || lane[key] === undefined) return [];
    const before = first.get(lane[key]);
    if (before === undefined) first.set(lane[key], index);
    if (before === undefined) return [];
    const text = `Expected a ${key} of its own, got ${JSON.stringify(lane[key])}, which is lanes[${before}] already. Rename one.`;
    return [{ path: `lanes[${index}].${key}`, text }];
  });
}

/** @param asked what must be shown there is said elsewhere. */
function laneConflicts(lane: Group, path: string, asked: boolean): readonly Problem[] {
  const isOff = (key: string): boolean => lane[key] === undefined || lane[key] === 'off';
  const problems: Problem[] = [];
  if (isOff('identification') && isOff('verification') && !asked)
    problems.push({ path, text: 'Expected identification or verification, got both off. Switch one on.' });
  const zone = isGroup(lane.zone) ? lane.zone : {};
  for (const [start, span] of [
    ['x', 'width'],
    ['y', 'height'],
  ] as const) {
    const from = numberOr(zone[start], 0);
    const size = numberOr(zone[span], 1 - from);
    const explicit = zone[span] === undefined ? 1 : size;
    if (from + explicit > 1.000001)
      problems.push({
        path: `${path}.zone`,
        text: `Expected ${start} + ${span} to be at most 1, got ${from + explicit}. Make ${span} smaller.`,
      });
  }
  return problems;
}

const numberOr = (value: unknown, other: number): number => (typeof value === 'number' ? value : other);
