/** Lists the rules of a box as named parts: who may pass, and who may command, by its configuration. */

import type { Config } from '../config/config-schema.js';
import type { AccessConfig } from '../config/sections/access-section.js';
import type { LaneConfig } from '../config/sections/lane-section.js';

export type ReloadedRules = Pick<Config, 'access' | 'commands'>;
type Parts = Map<string, unknown>;

/** Limits the name of a rule: one with many groups is named by the first ones. */
const MAX_NAME = 200;

/**
 * Puts ids of people and badges only into the values, never into a name.
 * @param running configuration that the service was started with. @param reloaded rules that a reload replaces.
 */
export function rulesInForce(
  running: Pick<Config, 'lanes' | 'gallery'>,
  { access, commands }: ReloadedRules,
): ReadonlyMap<string, unknown> {
  const parts: Parts = new Map();
  for (const lane of running.lanes) put(parts, `lane ${lane.id}`, rulesOfLane(lane));
  if (access === undefined) put(parts, 'no access rules: everybody who is recognised may pass', true);
  else putAccess(parts, access);
  for (const { id, permissions } of commands.operators) put(parts, `operator ${id}`, sorted(permissions));
  if (commands.trust_broker)
    for (const { id, permissions } of commands.broker_users)
      put(parts, `broker user ${id}`, sorted(permissions));
  const { fleet } = running.gallery;
  if (fleet !== undefined) {
    const {
      root_file: _,
      key_file: __,
      key_credential: ___,
      schedule: ____,
      jitter_s: _____,
      ...rest
    } = fleet;
    put(parts, 'gallery of a fleet', rest);
  }
  return parts;
}

/** Left out: cameras may be exchanged, and keys are a separate kind. */
function rulesOfLane({
  camera: _,
  gate_key_file: __,
  gate_key_credential: ___,
  document_camera: pass,
  ...lane
}: LaneConfig): unknown {
  if (pass === undefined) return lane;
  const { camera: ____, ...rest } = pass;
  return { ...lane, pass: rest };
}

function putAccess(parts: Parts, access: AccessConfig): void {
  const { holidays, schedules, groups, rules, denied_badges, zones, lanes, quotas, watch_list, ...rest } =
    access;
  for (const { id, dates } of holidays) put(parts, `holidays ${id}`, sorted(dates));
  for (const schedule of schedules) put(parts, `schedule ${schedule.id}`, schedule);
  for (const { id, people } of groups) put(parts, `group ${id}`, sorted(people));
  for (const rule of rules) put(parts, nameOf(rule), rule);
  if (denied_badges.length > 0) put(parts, 'denied badges', sorted(denied_badges));
  for (const zone of zones) put(parts, `zone ${zone}`, true);
  for (const lane of lanes) put(parts, `access at lane ${lane.id}`, lane);
  for (const quota of quotas) put(parts, `quota ${quota.id}`, quota);
  const watched = { people: sorted(watch_list.people), groups: sorted(watch_list.groups) };
  if (watched.people.length + watched.groups.length > 0) put(parts, 'watch list', watched);
  for (const [name, value] of Object.entries(rest)) if (value !== undefined) put(parts, name, value);
}

function nameOf({
  effect,
  groups,
  lanes,
  schedule,
  first_day,
  last_day,
}: AccessConfig['rules'][number]): string {
  const days = [
    first_day === undefined ? [] : `from ${first_day}`,
    last_day === undefined ? [] : `until ${last_day}`,
  ].flat();
  const name = `${effect} ${groups.join(', ')} at ${lanes.join(', ')}: ${[schedule, ...days].join(' ')}`;
  return name.slice(0, MAX_NAME);
}

/** Two rules with the same name are two parts. */
function put(parts: Parts, name: string, value: unknown): void {
  let free = name;
  for (let n = 2; parts.has(free); n += 1) free = `${name} (${n})`;
  parts.set(free, value);
}

const sorted = (values: readonly string[]): readonly string[] => [...values].sort();
