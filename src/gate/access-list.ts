/** Writes the access list of a broker, in Mosquitto's format, from the table of topics. Pure. */
import type { LaneId, SiteId } from '../base/ids.js';
import { discoveryTopic } from './home-assistant-discovery.js';
import {
  HIDDEN_FROM_DASHBOARDS,
  LANE_TOPICS,
  type Role,
  SITE_TOPICS,
  segment,
  type TopicRow,
} from './protocol/topics.js';

export interface AccessListDependencies {
  readonly site: SiteId;
  /** Site of the fleet's gallery, where the boxes take part in one. */
  readonly fleet?: SiteId | undefined;
  /** Name of the box. */
  readonly device: string;
  readonly lanes: readonly LaneOnList[];
  /** Absent: lanes are not announced to Home Assistant. */
  readonly homeAssistant?: { readonly prefix: string; readonly statusTopic: string } | undefined;
  /** Names of the logins for a role, one or several. @param lane for roles that belong to one. */
  readonly login?: (role: Role, lane: string) => string | readonly string[];
}

interface LaneOnList {
  readonly lane: LaneId;
  /** Topics that a relay is switched by, in the place of a gate. */
  readonly relay?: readonly string[] | undefined;
  /** Topics on which it reports whether it is on. */
  readonly relayState?: readonly string[] | undefined;
}

const ROLES: readonly Role[] = [
  'box',
  'gate',
  'reader',
  'operator',
  'panel',
  'dashboard',
  'home-assistant',
  'registrar',
];
/** Gates and readers have a login for each lane: one login has no rights at another lane. */
const OF_ONE_LANE: readonly Role[] = ['gate', 'reader'];

/** @returns lines, with an empty one between two logins. */
export function accessList(dependencies: AccessListDependencies): readonly string[] {
  const { lanes, login = loginOf } = dependencies;
  const blocks = ROLES.flatMap((role) => {
    const groups = OF_ONE_LANE.includes(role) ? lanes.map((lane) => [lane]) : [lanes];
    return groups.map((group) => {
      const rules = rulesOf(role, group, dependencies);
      const [first] = group;
      const logins = rules.length === 0 ? [] : [login(role, first?.lane ?? '')].flat();
      return logins.flatMap((name) => [`user ${name}`, ...rules, '']);
    });
  });
  return [...blocks.flat(), `pattern write twinstile/+/+/${LANE_TOPICS.command.path}/+/%u`];
}

/** What a role writes to and reads, as filters; of all lanes together. */
export interface RoleTopics {
  readonly writes: readonly string[];
  readonly reads: readonly string[];
}

/** The same rules as values, for what tries them. */
export function topicsOf(role: Role, dependencies: AccessListDependencies): RoleTopics {
  const rules = rulesOf(role, dependencies.lanes, dependencies);
  const after = (start: string) =>
    rules.flatMap((rule) => (rule.startsWith(start) ? [rule.slice(start.length)] : []));
  return { writes: after('topic write '), reads: after('topic read ') };
}

const loginOf = (role: Role, lane: string): string => (OF_ONE_LANE.includes(role) ? `${role}-${lane}` : role);

function rulesOf(
  role: Role,
  lanes: readonly LaneOnList[],
  dependencies: AccessListDependencies,
): readonly string[] {
  const { fleet, device, homeAssistant } = dependencies;
  const site = `twinstile/${segment(dependencies.site)}`;
  const published =
    fleet === undefined ? [] : rulesIn(SITE_TOPICS, `twinstile/${segment(fleet)}`, role, device);
  if (role === 'dashboard')
    return [
      'topic read twinstile/#',
      ...lanes.flatMap(({ lane }) =>
        HIDDEN_FROM_DASHBOARDS.lane.map((path) => `topic deny ${site}/${segment(lane)}/${path}`),
      ),
      ...(fleet === undefined
        ? []
        : HIDDEN_FROM_DASHBOARDS.site.map((path) => `topic deny twinstile/${segment(fleet)}/${path}`)),
    ];
  // The registrar reads all lanes of the fleet's boxes, also those that come later.
  if (role === 'registrar') return [...rulesIn(LANE_TOPICS, `${site}/+`, role, device), ...published];
  const own = lanes.flatMap(({ lane, relay = [], relayState = [] }) => [
    ...rulesIn(LANE_TOPICS, `${site}/${segment(lane)}`, role, device),
    ...(role === 'panel' ? [`topic deny ${site}/${segment(lane)}/response/snapshot`] : []),
    ...(role === 'box' ? relay.map((topic) => `topic write ${topic}`) : []),
    ...(role === 'box' ? relayState.map((topic) => `topic read ${topic}`) : []),
  ]);
  return [...own, ...published, ...announcements(role, lanes, dependencies.site, homeAssistant)];
}

function rulesIn(
  table: Readonly<Record<string, TopicRow>>,
  base: string,
  role: Role,
  device: string,
): readonly string[] {
  const rows = Object.values(table);
  const topicOf = ({ path }: TopicRow): string => `${base}/${path.replace('{device}', segment(device))}`;
  return [
    ...rows.filter(({ writers }) => writers.includes(role)).map((row) => `topic write ${topicOf(row)}`),
    ...rows.filter(({ readers }) => readers.includes(role)).map((row) => `topic read ${topicOf(row)}`),
  ];
}

/** Home Assistant learns of the lanes by messages below its own prefix. */
function announcements(
  role: Role,
  lanes: readonly LaneOnList[],
  site: SiteId,
  homeAssistant: AccessListDependencies['homeAssistant'],
): readonly string[] {
  if (homeAssistant === undefined) return [];
  const { prefix, statusTopic } = homeAssistant;
  if (role === 'box')
    return [
      ...lanes.map(({ lane }) => `topic write ${discoveryTopic(prefix, site, lane)}`),
      `topic read ${statusTopic}`,
    ];
  return role === 'home-assistant'
    ? [`topic write ${statusTopic}`, `topic read ${prefix}/device/+/config`]
    : [];
}
