/** A gate and its lane's client over a real broker, with whoever may publish beside them. */

import { gateId, grantId, laneId, siteId } from '../../src/base/ids.js';
import { millis } from '../../src/base/units.js';
import { runActuator } from '../../src/gate/actuate.js';
import { createGateClient } from '../../src/gate/gate-client.js';
import { laneTopics } from '../../src/gate/protocol/topics.js';
import { connectBus } from '../../src/platform/mqtt/reconnecting-bus.js';
import { systemClock } from '../../src/platform/system-clock.js';
import { gateKeyPair } from '../gate/protocol/gate-keys.js';
import { keyPair } from '../gate/protocol/sample.js';
import type { Scope } from './scope.js';

/** @param laneUrl where the lane finds the broker, when that is another way than the gate's. */
export function openSite(scope: Scope, url: string, name: string, laneUrl = url) {
  const topics = laneTopics(siteId('chaos'), laneId(name)).gate;
  const gate = gateId(`gate-${name}`);
  const keys = keyPair();
  const { signer, trust } = gateKeyPair();
  const place = { site: siteId('chaos'), lane: laneId(name), gate };
  const buses = {
    gate: connectBus({ url, clientId: `gate-${name}`, availability: topics.availability }),
    lane: connectBus({ url: laneUrl, clientId: `lane-${name}` }),
  };
  const stop = new AbortController();
  /** When the drive was released for which grant. */
  const releases: { readonly grant: string; readonly at: number }[] = [];
  const ended = runActuator(
    {
      bus: buses.gate,
      topics,
      place,
      direction: 'in',
      signer,
      keys: [keys.verifying],
      clock: systemClock,
      drive: {
        open: async (_pulse, { grant }) => void releases.push({ grant, at: performance.now() }),
        close: async () => {},
      },
    },
    stop.signal,
  );
  const client = createGateClient({
    bus: buses.lane,
    topics,
    place,
    key: keys.signing,
    trust,
    clock: systemClock,
  });
  scope.after(async () => {
    stop.abort();
    await ended;
    await Promise.all([buses.gate.close(), buses.lane.close()]);
  });
  return {
    ...buses,
    topics,
    gateId: gate,
    place,
    keys,
    client,
    releases,
    open: (id: string, pulse = 100) =>
      client.open({ grant: grantId(id), direction: 'in', pulse: millis(pulse) }),
  };
}
