/** Refuses combinations that each key alone would allow. Reads the raw document, to report these with all other problems. */
import { idKey } from '../../../base/names.js';
import { formatValue, isGroup, type Problem } from '../sections/raw-config.js';
import { hasNoLanes, isRegistrarConfig } from '../sections/registrar-section.js';
import { accessConflicts } from './access-conflicts.js';
import { documentConflicts, zoneConflicts } from './camera-conflicts.js';
import { asksByAccess, credentialConflicts, gateConflicts, livenessConflicts } from './lane-conflicts.js';

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
    ...(Array.isArray(root.lanes) && lanes.length === 0 && !hasNoLanes(root)
      ? [{ path: 'lanes', text: 'Expected at least one, got an empty list. One entry for each lane.' }]
      : []),
    ...twice(lanes, 'id'),
    ...twice(lanes, 'gate'),
    ...lanes.flatMap((lane, index) =>
      isGroup(lane) ? laneConflicts(lane, `lanes[${index}]`, asksByAccess(root.access, lane.id)) : [],
    ),
    ...accessConflicts(root.access, root.lanes),
    ...credentialConflicts(root.access, root.lanes),
    ...livenessConflicts(root.lanes, root.access),
    ...documentConflicts(root.lanes),
    ...gateConflicts(root.lanes, root.grants, root.access),
    ...commandConflicts(root.commands),
    ...registrarConflicts(root),
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
  const first = new Map<string, number>();
  return lanes.flatMap((lane, index) => {
    if (!isGroup(lane) || lane[key] === undefined) return [];
    // North and north are the same name.
    const name = idKey(String(lane[key]));
    const before = first.get(name);
    if (before === undefined) first.set(name, index);
    if (before === undefined) return [];
    const text = `Expected a ${key} of its own, got ${JSON.stringify(lane[key])}, which is lanes[${before}] already. Rename one.`;
    return [{ path: `lanes[${index}].${key}`, text }];
  });
}

/** @param asked whether `access` configures the lane's credentials. */
function laneConflicts(lane: Group, path: string, asked: boolean): readonly Problem[] {
  const isOff = (key: string): boolean => lane[key] === undefined || lane[key] === 'off';
  const problems: Problem[] = [];
  if (isOff('identification') && isOff('verification') && !asked)
    problems.push({ path, text: 'Expected identification or verification, got both off. Switch one on.' });
  problems.push(...zoneConflicts(lane.roi, `${path}.roi`));
  return problems;
}

/** Refuses keys that a registrar with its people in PostgreSQL cannot have. */
function registrarConflicts(root: unknown): readonly Problem[] {
  if (!isGroup(root) || !isRegistrarConfig(root)) return [];
  const follows = isGroup(root.gallery) && root.gallery.fleet !== undefined;
  const keeps = isGroup(root.privacy) && root.privacy.store_face_crops === true;
  return [
    ...(follows
      ? [
          {
            path: 'gallery.fleet',
            text: 'Expected nothing beside registrar.database: a registrar publishes, a box follows. Remove one of them.',
          },
        ]
      : []),
    ...(keeps
      ? [
          {
            path: 'privacy.store_face_crops',
            text: 'Expected it off where people are kept in a registrar’s database, got it on: crops lie in a box’s own file. Remove one.',
          },
        ]
      : []),
  ];
}

/** Refuses operator commands without proof of their sender, and duplicate names. @param commands the raw group. */
function commandConflicts(commands: unknown): readonly Problem[] {
  if (!isGroup(commands)) return [];
  const listOf = (key: string): readonly unknown[] => {
    const list = commands[key];
    return Array.isArray(list) ? list : [];
  };
  const ids = [...listOf('operators'), ...listOf('broker_users')].flatMap((one) =>
    isGroup(one) && one.id !== undefined ? [one.id] : [],
  );
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  return [
    ...(listOf('broker_users').length > 0 && commands.trust_broker !== true
      ? [
          {
            path: 'commands.trust_broker',
            text: 'Expected true beside broker_users, got nothing of the kind. Read "Commands" in docs/PROTOCOL.md, set the access list, then add it.',
          },
        ]
      : []),
    ...(twice === undefined
      ? []
      : [
          {
            path: 'commands',
            text: `Expected a name for each who may order, got ${formatValue(twice)} twice. Rename one.`,
          },
        ]),
  ];
}
