/** Checks that the broker can be reached, accepts the login, and allows the required topics and no others. */

import { pause } from '../../base/delay.js';
import { gateId, laneId, siteId } from '../../base/ids.js';
import { showAddress } from '../../base/shown-address.js';
import { type Millis, millis } from '../../base/units.js';
import { createGateClient, type LaneGateClient } from '../../gate/gate-client.js';
import { laneTopics } from '../../gate/protocol/topics.js';
import type { Bus } from '../../platform/mqtt/message-bus.js';
import { type BrokerAddress, clientIdOf } from '../../platform/mqtt/mqtt-connection.js';
import { connectBus } from '../../platform/mqtt/reconnecting-bus.js';
import type { Config } from '../config/config-schema.js';
import { brokerAddress, roleTopicsOf } from '../setup/broker-address.js';
import { isOffice } from '../setup/open-gallery.js';
import { readSecrets } from '../setup/secrets.js';
import { keepsApart, LIST, listenToReaders } from './broker-delivery.js';
import { roleOf, tryRights } from './broker-rights.js';
import { type Check, type Finding, good, type Patient, warning, wrong } from './finding.js';

const CONNECT: Millis = millis(6000);
/** Covers four challenges. */
const LISTEN: Millis = millis(2500);

export const checkBroker: Check = {
  about: 'broker',
  async look(patient) {
    const { config, env } = patient;
    const broker = await brokerAddress(config, env.CREDENTIALS_DIRECTORY);
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
      const lasting = listenToLasting(config, bus);
      if (!(await connects(bus)))
        return [
          wrong(
            'broker',
            `${showAddress(broker.url)} does not take us${problems.length === 0 ? '' : `: ${problems[0]}`}.`,
            'Check that it runs, its address, the login, the certificate, and IPAddressAllow= of the unit.',
          ),
        ];
      await pause(LISTEN);
      const rights = [...refusedSubscriptions(problems), ...(await tryRights(config, bus, lasting))];
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

/** Subscribes to everything that is read. @returns the retained messages, by topic. */
function listenToLasting(config: Config, bus: Bus): ReadonlyMap<string, Uint8Array> {
  const lasting = new Map<string, Uint8Array>();
  for (const filter of roleTopicsOf(roleOf(config), config).reads)
    bus.subscribe(filter, ({ topic, payload, retained }) => {
      if (retained) lasting.set(topic, Uint8Array.from(payload));
    });
  return lasting;
}

/** Reports a subscription that the broker refused; Mosquitto grants it and delivers nothing. */
function refusedSubscriptions(problems: readonly string[]): readonly Finding[] {
  const refused = problems.filter((problem) => problem.startsWith('cannot subscribe to '));
  return refused.length === 0 ? [] : [wrong('broker reading', `It ${refused.join(', and it ')}.`, LIST)];
}

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

/** @returns a function that returns the messages received so far. */
async function listenToGates({ config, env, clock }: Patient, bus: Bus): Promise<() => readonly Finding[]> {
  // A registrar has no gates, and no keys for them.
  if (isOffice(config)) return () => [];
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
