/** Opens the gate once, for the wizard: by a signed grant or by its relay, as the lane would, and asks a person whether it did. */
import { randomUUID } from 'node:crypto';
import { pause } from '../../base/delay.js';
import { gateId, grantId, laneId, siteId } from '../../base/ids.js';
import { millis } from '../../base/units.js';
import { createGateClient, type GateClient, type GateOutcome } from '../../gate/gate-client.js';
import { laneTopics } from '../../gate/protocol/topics.js';
import { createRelayClient } from '../../gate/relay-client.js';
import type { Bus } from '../../platform/mqtt/message-bus.js';
import { systemClock } from '../../platform/system-clock.js';
import { recordAct } from '../../records/journal/act.js';
import type { Config } from '../config/config-schema.js';
import { relayProfileOf } from '../config/sections/relay-section.js';
import { type Finding, good, warning, wrong } from '../doctor/finding.js';
import { connectBox } from '../setup/connect-tool.js';
import { localActs } from '../setup/local-acts.js';
import { withDatabase } from '../setup/open-gallery.js';
import { readSecrets } from '../setup/secrets.js';

interface PulsePorts {
  readonly env: NodeJS.ProcessEnv;
  /** Whether a person saw it open; undefined where there is none. */
  readonly confirmed: () => Promise<boolean | undefined>;
  readonly signal: AbortSignal;
}

const ABOUT = 'test pulse';
/** A gate sends two challenges a second. */
const CHALLENGE_LIMIT = 3000;
const CHECK = millis(20);

/** Written into the journal first, as whatever opens the gate is. */
export async function sendTestPulse(config: Config, index: number, ports: PulsePorts): Promise<Finding> {
  const lane = config.lanes[index];
  if (lane === undefined) return wrong(ABOUT, 'There is no such lane.', 'Name one with --lane.');
  const bus = await connectBox('setup', config, ports.env);
  try {
    const gate = await gateOf(config, lane, bus, ports);
    const end = performance.now() + CHALLENGE_LIMIT;
    while (!gate.alive && performance.now() < end && !ports.signal.aborted) await pause(CHECK);
    const act = { act: 'gate-tested', lane: lane.id, gate: lane.gate };
    await withDatabase(config, (database) => recordAct(database, localActs(ports.env), act), 'create');
    const outcome = await gate.open({
      grant: grantId(randomUUID()),
      direction: lane.direction,
      pulse: millis(lane.pulse_ms),
    });
    const isSent = outcome.outcome === 'opened' || outcome.outcome === 'pulsed';
    return judgePulse(outcome, isSent ? await ports.confirmed() : undefined);
  } finally {
    await bus.close();
  }
}

async function gateOf(
  config: Config,
  lane: Config['lanes'][number],
  bus: Bus,
  { env, signal }: PulsePorts,
): Promise<GateClient> {
  const place = { site: siteId(config.site), lane: laneId(lane.id), gate: gateId(lane.gate) };
  const topics = laneTopics(place.site, place.lane);
  if (lane.relay !== undefined)
    return createRelayClient({ bus, profile: relayProfileOf(lane.relay), base: topics.base }, signal);
  const { grantKey: key, gates } = await readSecrets(config, env.CREDENTIALS_DIRECTORY);
  const trust = gates.get(lane.id) ?? { protocol: 2, keys: [] };
  return createGateClient({ bus, topics: topics.gate, place, key, trust, clock: systemClock });
}

/** Pure. @param seen whether a person saw it open. */
export function judgePulse(outcome: GateOutcome, seen: boolean | undefined): Finding {
  if (seen === false)
    return wrong(
      ABOUT,
      'Nothing opened.',
      'Check the wires from the gate’s board or relay to the lock, and which output is switched.',
    );
  switch (outcome.outcome) {
    case 'opened':
      return good(ABOUT, seen === true ? 'It opened, and you saw it.' : 'It opened, by its signed answer.');
    case 'pulsed':
      return seen === true
        ? good(ABOUT, 'It opened, and you saw it. A relay itself proves nothing.')
        : warning(
            ABOUT,
            'The pulse was sent; no person confirmed that it opened.',
            'Look whether it opens: a relay proves nothing.',
          );
    case 'unconfirmed':
      return warning(ABOUT, 'Its drive was started and did not say how it went.', 'Look whether it opened.');
    case 'refused':
      return wrong(
        ABOUT,
        `The gate refuses it: ${outcome.reason}.`,
        'Give the gate grant.pub of this box and the same names of site, lane and gate.',
      );
    case 'gate-offline':
      return wrong(
        ABOUT,
        'The gate is silent; nothing was sent.',
        'Start it with this broker and these names: twinstile gate --help.',
      );
    case 'gate-unreachable':
      return wrong(
        ABOUT,
        'It did not answer; it may have opened.',
        'Look at the gate’s log, then try again.',
      );
    case 'broker-disconnected':
      return wrong(ABOUT, 'The broker was gone; nothing was sent.', 'Try again when it is back.');
  }
}
