/**
 * Tries at the broker all that the configuration writes to, as the table of topics has it: a message that its readers ignore to each
 * topic, and the delivery of what is read. Nothing is opened.
 */
import { laneId, siteId } from '../../base/ids.js';
import { plural } from '../../base/plural.js';
import { relayState } from '../../gate/protocol/relay-message.js';
import { relayTrials } from '../../gate/protocol/relay-trial.js';
import { laneTopics, type Role, siteTopics } from '../../gate/protocol/topics.js';
import { type Bus, filterTakes } from '../../platform/mqtt/message-bus.js';
import type { Config } from '../config/config-schema.js';
import { deviceName } from '../config/sections/fleet-section.js';
import { relayProfileOf } from '../config/sections/relay-section.js';
import { roleTopicsOf } from '../setup/broker-address.js';
import { isOffice } from '../setup/open-gallery.js';
import { faultOfDelivery, LIST, waitFor } from './broker-delivery.js';
import { type Finding, good, warning, wrong } from './finding.js';

/** Readers take messages of the versions that they know (docs/PROTOCOL.md): there is no version 0. */
const IGNORED = JSON.stringify({ v: 0, doctor: true });

/** One group of topics that belong together, and what follows where they are refused. */
interface Group {
  readonly about: string;
  readonly holds: (topic: string) => boolean;
  /** Topics that doctor publishes to and reads itself. */
  readonly probes: readonly string[];
  readonly consequence: string;
  /** What this login must not be allowed to write to, because a login that may can act as the gate. */
  readonly forbidden?: string | undefined;
}

export const roleOf = (config: Config): Role => (isOffice(config) ? 'registrar' : 'box');

/** @param lasting the retained messages that were received so far, by topic: published once more, they change nothing. */
export async function tryRights(
  config: Config,
  bus: Bus,
  lasting: ReadonlyMap<string, Uint8Array>,
): Promise<readonly Finding[]> {
  const { writes } = roleTopicsOf(roleOf(config), config);
  const relays = relaysOf(config);
  const untried = relays.flatMap(({ trials }) => trials.map(({ topic }) => topic));
  const findings: Finding[] = [];
  for (const group of groupsOf(config)) {
    const own = writes.filter((topic) => group.holds(topic) && !untried.includes(topic));
    if (own.length + group.probes.length === 0) continue;
    findings.push(await tryGroup(group, own, bus, lasting));
  }
  for (const relay of relays) findings.push(...(await tryRelay(relay, bus)));
  return findings;
}

function groupsOf(config: Config): readonly Group[] {
  const { site, lanes, gallery, home_assistant: ha } = config;
  const { fleet } = gallery;
  const fleetBase = `twinstile/${fleet?.site ?? site}/gallery/`;
  const isFleet = (topic: string) => topic.startsWith(fleetBase);
  const perLane = lanes.map(({ id, relay }): Group => {
    const { base, probe, gate } = laneTopics(siteId(site), laneId(id));
    return {
      about: `broker rights ${id}`,
      holds: (topic) => topic.startsWith(`${base}/`),
      probes: [probe],
      consequence: '',
      forbidden: relay === undefined ? gate.challenge : undefined,
    };
  });
  const isBox = !isOffice(config);
  const ofFleet: Group = {
    about: 'broker fleet',
    holds: isFleet,
    probes:
      isBox && fleet !== undefined
        ? [siteTopics(siteId(fleet.site ?? site)).galleryProbe(deviceName(config))]
        : [],
    consequence: isBox
      ? ' Revocations take effect with the next sync only.'
      : ' Boxes hear of a new gallery and of revocations with their next sync only.',
  };
  const ofHomeAssistant: Group = {
    about: 'broker home-assistant',
    holds: (topic) => topic.startsWith(`${ha.prefix}/`),
    probes: [],
    consequence: ' Home Assistant is not told of the lanes.',
  };
  return [...perLane, ofFleet, ofHomeAssistant];
}

async function tryGroup(
  { about, probes, consequence, forbidden }: Group,
  writes: readonly string[],
  bus: Bus,
  lasting: ReadonlyMap<string, Uint8Array>,
): Promise<Finding> {
  const refused: string[] = [];
  // Without wildcards: a rule for all answers is tried with one that no client waits for.
  const tried = writes
    .filter((filter) => !probes.includes(filter))
    .map((filter) => filter.replace(/[#+]$/, 'doctor'));
  for (const topic of tried) {
    if ((await bus.publish(topic, payloadFor(topic, lasting), { qos: 1 })) !== 'sent') refused.push(topic);
  }
  const fault = await faultOfDelivery(bus, probes, refused);
  if (fault !== undefined) return wrong(about, `${fault}${consequence}`, LIST);
  if (forbidden !== undefined && (await bus.publish(forbidden, 'doctor', { qos: 1 })) === 'sent')
    return warning(
      about,
      'The broker lets this login speak for the gate too: it has no access list.',
      'Give it the one in docs/PROTOCOL.md: whoever may publish anything can flood and mislead.',
    );
  const topics = plural(tried.length + probes.length, 'topic');
  return good(
    about,
    `It may write to ${topics}${probes.length === 0 ? '.' : ', and receives what is sent to it.'}`,
  );
}

/** A retained message once more changes nothing; a lane that never announced itself is away. */
const payloadFor = (topic: string, lasting: ReadonlyMap<string, Uint8Array>): Uint8Array | string =>
  lasting.get(topic) ?? (topic.endsWith('/availability') ? 'offline' : IGNORED);

interface Relay {
  readonly about: string;
  readonly trials: ReturnType<typeof relayTrials>;
  readonly state: ReturnType<typeof relayState>;
}

const relaysOf = (config: Config): readonly Relay[] =>
  config.lanes.flatMap(({ id, relay }) => {
    if (relay === undefined) return [];
    const replyTo = `${laneTopics(siteId(config.site), laneId(id)).base}/relay`;
    const profile = relayProfileOf(relay);
    return [
      { about: `relay ${id}`, trials: relayTrials(profile, replyTo), state: relayState(profile, replyTo) },
    ];
  });

async function tryRelay({ about, trials, state }: Relay, bus: Bus): Promise<readonly Finding[]> {
  const reports: boolean[] = [];
  let hasAnswered = false;
  for (const filter of state?.topics ?? [])
    bus.subscribe(filter, ({ topic, payload, retained }) => {
      if (retained || !filterTakes(filter, topic)) return;
      hasAnswered = true;
      const report = state?.read(topic, payload);
      if (report?.isOn !== undefined) reports.push(report.isOn);
    });
  const refused: string[] = [];
  const untried: string[] = [];
  for (const { topic, payload } of trials) {
    if (payload === undefined) untried.push(topic);
    else if ((await bus.publish(topic, payload, { qos: 1 })) !== 'sent') refused.push(topic);
  }
  if (refused.length > 0)
    return [wrong(about, `The broker refuses ${refused.join(' and ')}: no pulse gets to the relay.`, LIST)];
  if (untried.length > 0)
    return [
      warning(
        about,
        `Nothing was sent to ${untried.join(' and ')}: any message there may open.`,
        'Let somebody stand at the door and order a pulse: twinstile command open.',
      ),
    ];
  if (state?.ask(1) === undefined)
    return [good(about, 'The broker takes its orders. Whether it is there only a pulse shows.')];
  await waitFor(() => hasAnswered);
  if (!hasAnswered)
    return [
      wrong(
        about,
        `The broker takes its orders, and nothing comes back on ${state.topics.join(' or ')}.`,
        `Check its power, its network and its names at the broker. ${LIST}`,
      ),
    ];
  return [
    good(about, `It answers${reports.length === 0 ? '' : `: it is ${reports.at(-1) ? 'on' : 'off'}`}.`),
  ];
}
