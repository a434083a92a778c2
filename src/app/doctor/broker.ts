/** Can the broker be reached, does it let us in, and does it let us do what we must and nothing else? */
import { connectBus } from '../../adapters/mqtt/bus.js';
import { gateId, laneId, siteId } from '../../base/ids.js';
import { type Millis, millis } from '../../base/units.js';
import { pause } from '../../base/waiting.js';
import type { Config } from '../../config/schema.js';
import { laneTopics } from '../../gate/topics.js';
import { createGateClient } from '../../pipeline/gate/open-gate.js';
import type { Bus } from '../../ports/bus.js';
import { clientIdOf } from '../client-id.js';
import { readSecrets } from '../secrets.js';
import { type Check, type Finding, good, type Patient, warning, wrong } from './finding.js';

const CONNECT: Millis = millis(6000);
/** Four challenges. */
const LISTEN: Millis = millis(2500);
/** No gate and no lane can read it, so that it does nothing but show whether it may be said. */
const NONSENSE = 'doctor';

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
      // Subscribed before the connection is there, so that no challenge is missed.
      const gates = await listenToGates(patient, bus);
      if (!(await connects(bus)))
        return [
          wrong(
            'broker',
            `${broker.url} does not take us${problems.length === 0 ? '' : `: ${problems[0]}`}.`,
            'Check that it runs, its address, the login, the certificate, and IPAddressAllow= of the unit.',
          ),
        ];
      await pause(LISTEN);
      const rights: Finding[] = [];
      for (const { id } of config.lanes) rights.push(...(await tryRights(patient, bus, id)));
      return [good('broker', `${broker.url} takes us.`), ...rights, ...gates()];
    } finally {
      await bus.close();
    }
  },
};

async function connects(bus: Bus): Promise<boolean> {
  const end = performance.now() + CONNECT;
  while (!bus.connected && performance.now() < end) await pause(millis(50));
  return bus.connected;
}

async function tryRights({ config, clock }: Patient, bus: Bus, lane: string): Promise<readonly Finding[]> {
  const about = `broker rights ${lane}`;
  const { health, gate } = laneTopics(siteId(config.site), laneId(lane));
  const emptyReport = JSON.stringify({ v: 1, at: new Date(clock.wall()).toISOString() });
  const refused: string[] = [];
  if ((await bus.publish(health, emptyReport, { qos: 1 })) !== 'sent') refused.push(health);
  if ((await bus.publish(gate.grant, NONSENSE, { qos: 1 })) !== 'sent') refused.push(gate.grant);
  if (refused.length > 0)
    return [
      wrong(
        about,
        `The broker refuses ${refused.join(' and ')}.`,
        'Allow them: the access list is in docs/PROTOCOL.md.',
      ),
    ];
  if ((await bus.publish(gate.challenge, NONSENSE, { qos: 1 })) === 'sent')
    return [
      warning(
        about,
        'The broker lets this login speak for the gate too: it has no access list.',
        'Give it the one in docs/PROTOCOL.md: whoever may publish anything can flood and mislead.',
      ),
    ];
  return [good(about, 'It may say what it must, and is refused what it must not.')];
}

/** @returns what was heard, to be asked later. */
async function listenToGates({ config, env, clock }: Patient, bus: Bus): Promise<() => readonly Finding[]> {
  const { grantKey: key } = await readSecrets(config, env.CREDENTIALS_DIRECTORY);
  const gates = config.lanes.filter(hasGate).map(({ id, gate }) => ({
    about: `gate ${gate}`,
    client: createGateClient({
      bus,
      topics: laneTopics(siteId(config.site), laneId(id)).gate,
      gate: gateId(gate),
      key,
      clock,
    }),
  }));
  return () =>
    gates.map(({ about, client }) =>
      client.alive
        ? good(about, 'It asks for grants.')
        : wrong(
            about,
            'It is silent.',
            'Check its power, its network, its name and its login at the broker.',
          ),
    );
}

/** A relay asks for nothing. */
const hasGate = (lane: Config['lanes'][number]): boolean => lane.relay === undefined;
