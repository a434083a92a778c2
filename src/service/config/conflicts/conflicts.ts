/** Refuses combinations that each key alone would allow. Reads the raw document, to report these with all other problems. */

import { idKey } from '../../../base/names.js';
import { isRegistrarConfig } from '../registrar/registrar-defaults.js';
import { isGroup, type Problem } from '../sections/config-problem.js';
import { accessConflicts } from './access-conflicts.js';
import { commandConflicts } from './command-conflicts.js';
import { asksByAccess, credentialConflicts } from './credential-conflicts.js';
import { gateConflicts } from './gate-conflicts.js';
import { livenessConflicts } from './liveness-conflicts.js';
import { documentConflicts } from './pass-conflicts.js';
import { registrarConflicts } from './registrar-conflicts.js';
import { zoneConflicts } from './zone-conflicts.js';

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
    ...(Array.isArray(root.lanes) && lanes.length === 0 && !isRegistrarConfig(root)
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
