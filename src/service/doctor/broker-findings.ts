/** Checks that the broker can be reached, accepts the login, and allows the required topics and no others. */

import { pause } from '../../base/delay.js';
import { gateId, laneId, siteId } from '../../base/ids.js';
import { showAddress } from '../../base/shown-address.js';
import { type Millis, millis } from '../../base/units.js';
import { createGateClient, type LaneGateClient } from '../../gate/gate-client.js';
import { laneTopics, siteTopics } from '../../gate/protocol/topics.js';
import type { Bus } from '../../platform/mqtt/message-bus.js';
import { type BrokerAddress, clientIdOf } from '../../platform/mqtt/mqtt-connection.js';
import { connectBus } from '../../platform/mqtt/reconnecting-bus.js';
import type { Config } from '../config/config-schema.js';
import { deviceName } from '../config/sections/fleet-section.js';
import { readSecrets } from '../setup/secrets.js';
import { keepsApart, listenToReaders, tryDelivery } from './broker-delivery.js';
import { type Check, type Finding, good, type Patient, warning, wrong } from './finding.js';

const CONNECT: Millis = millis(6000);
/** Covers four challenges. */
const LISTEN: Millis = millis(2500);
/** Invalid for every gate and lane, so that it only shows whether the broker accepts a message on the topic. */
const NONSENSE = 'doctor';
const LIST =
  'Allow what `twinstile config access-list` prints, word for word: a narrower rule can pass this and stop a badge.';

export const checkBroker: Check = {
  about: 'broker',
  async look(patient) {
    const { config, env } = patient;
    const { broker } = await readSecrets(config, env.CREDENTIALS_DIRECTORY);
    const problems: string[] = [];
    const bus = connectBus({
      ...broker,
      clientId: clientIdOf(config.site, 'doctor'),
      onProblem: (detail) => problems.push(detail),
    });
    try {
      // Subscribed before the connection exists, so that no challenge is missed.
      const gates = await listenToGates(patient, bus);
      const readers = listenToReaders(config, bus);
      if (!(await connects(bus)))
        return [
          wrong(
            'broker',
            `${showAddress(broker.url)} does not take us${problems.length === 0 ? '' : `: ${problems[0]}`}.`,
            'Check that it runs, its address, the login, the certificate, and IPAddressAllow= of the unit.',
          ),
        ];
      await pause(LISTEN);
      const rights: Finding[] = [];
      for (const { id } of config.lanes) rights.push(...(await tryRights(patient, bus, id)));
      rights.push(...(await tryFleet(patient, bus)));
      const apart = await keepsApart((onLost) => openAnother(patient, broker, onLost));
      return [
        apart ? good('broker', `${showAddress(broker.url)} takes us.`) : THROWN_OFF,
        ...rights,
        ...gates(),
        ...readers(),
      ];
    } finally {
      await bus.close();
    }
  },
};

const THROWN_OFF = wrong(
  'broker',
  'The broker takes two connections of this login for one and ends the first (MQTT reason 142).',
  'Take use_username_as_clientid off the listener that boxes come in by (docs/PROTOCOL.md): a box has a connection for each lane and one more.',
);

function openAnother(
  { config }: Patient,
  broker: Omit<BrokerAddress, 'clientId' | 'availability'>,
  onLost: () => void,
): Bus {
  const bus = connectBus({ ...broker, clientId: clientIdOf(config.site, 'doctor') });
  bus.onConnection((connected) => {
    if (!connected) onLost();
  });
  return bus;
}

async function connects(bus: Bus): Promise<boolean> {
  const end = performance.now() + CONNECT;
  while (!bus.connected && performance.now() < end) await pause(millis(50));
  return bus.connected;
}

async function tryRights({ config, clock }: Patient, bus: Bus, lane: string): Promise<readonly Finding[]> {
  const about = `broker rights ${lane}`;
  const { health, gate, probe, operator } = laneTopics(siteId(config.site), laneId(lane));
  const emptyReport = JSON.stringify({ v: 1, at: new Date(clock.wall()).toISOString() });
  const refused: string[] = [];
  for (const [topic, payload] of [
    [health, emptyReport],
    [gate.grant, NONSENSE],
    [operator.response('doctor'), NONSENSE],
  ] as const)
    if ((await bus.publish(topic, payload, { qos: 1 })) !== 'sent') refused.push(topic);
  const fault = await faultOfDelivery(bus, [probe], refused);
  if (fault !== undefined) return [wrong(about, fault, LIST)];
  if ((await bus.publish(gate.challenge, NONSENSE, { qos: 1 })) === 'sent')
    return [
      warning(
        about,
        'The broker lets this login speak for the gate too: it has no access list.',
        'Give it the one in docs/PROTOCOL.md: whoever may publish anything can flood and mislead.',
      ),
    ];
  return [good(about, 'It may say what it must, hears what is said to it, and is refused what it must not.')];
}

/**
 * Checks the delivery of revocations and notices, which go to all boxes of a site; no other check detects that they do not
 * arrive.
 */
async function tryFleet({ config }: Patient, bus: Bus): Promise<readonly Finding[]> {
  const { fleet } = config.gallery;
  if (fleet === undefined) return [];
  const topics = siteTopics(siteId(fleet.site ?? config.site));
  const device = deviceName(config);
  const refused: string[] = [];
  const receiptTopic = topics.galleryReceipt(device);
  if ((await bus.publish(receiptTopic, NONSENSE, { qos: 1 })) !== 'sent') refused.push(receiptTopic);
  const fault = await faultOfDelivery(bus, [topics.galleryProbe(device)], refused);
  return [
    fault === undefined
      ? good('broker fleet', 'What is said to all boxes of the fleet arrives here.')
      : wrong('broker fleet', `${fault} Revocations take effect with the next sync only.`, LIST),
  ];
}

/** @param refused topics that the broker refused. @returns a description of the problem. */
async function faultOfDelivery(
  bus: Bus,
  probes: readonly string[],
  refused: readonly string[],
): Promise<string | undefined> {
  const tried = await tryDelivery(bus, probes);
  const forbidden = [
    ...refused,
    ...tried.filter(({ published }) => published !== 'sent').map(({ topic }) => topic),
  ];
  if (forbidden.length > 0) return `The broker refuses ${forbidden.join(' and ')}.`;
  const silent = tried.filter(({ isHeard }) => !isHeard).map(({ topic }) => topic);
  if (silent.length === 0) return undefined;
  return `The broker takes the subscription to ${silent.join(' and ')} and delivers nothing: its list forbids reading.`;
}

/** @returns a function that returns the messages received so far. */
async function listenToGates({ config, env, clock }: Patient, bus: Bus): Promise<() => readonly Finding[]> {
  const { grantKey: key, gates: trusts } = await readSecrets(config, env.CREDENTIALS_DIRECTORY);
  const gates = config.lanes.filter(hasGate).map(({ id, gate }) => {
    const place = { site: siteId(config.site), lane: laneId(id), gate: gateId(gate) };
    const trust = trusts.get(id) ?? { protocol: 2, keys: [] };
    const topics = laneTopics(place.site, place.lane).gate;
    return {
      about: `gate ${gate}`,
      client: createGateClient({ bus, topics, place, key, trust, clock, probe: true }),
    };
  });
  return () => gates.map(({ about, client }) => gateFinding(about, client));
}

function gateFinding(about: string, { alive, answers, isProven, refusal }: LaneGateClient): Finding {
  if (!alive)
    return wrong(
      about,
      'It is silent.',
      'Check its power, its network, its name and its login at the broker.',
    );
  if (answers === 'unsigned')
    return warning(
      about,
      'It asks for grants, and its answers are not signed (gate_protocol: 1).',
      'Give it a key: twinstile keys new gate. Until then whoever may publish on its topics speaks for it.',
    );
  if (isProven) return good(about, 'It asks for grants, takes the key of this box, and signs with its own.');
  if (refusal !== undefined)
    return wrong(
      about,
      `It refuses this box: ${refusal}.`,
      'Give the gate this box’s grant key and the same names of site, lane and gate.',
    );
  return wrong(
    about,
    'It asks for grants and does not answer with its key.',
    'Check gate_key_file of the lane and --sign-key of the gate; a program of version 1 needs gate_protocol: 1.',
  );
}

/** A relay needs no topics. */
const hasGate = (lane: Config['lanes'][number]): boolean => lane.relay === undefined;
