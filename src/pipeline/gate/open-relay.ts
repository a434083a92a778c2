/** A relay instead of a gate: told to pulse, and nothing more is known of it. */

import type { RelayProfile } from '../../gate/relay/profile.js';
import { pulseMessage, type RelayMessage } from '../../gate/relay/pulse-message.js';
import type { Bus, Published } from '../../ports/bus.js';
import type { GateClient, GateOutcome } from './open-gate.js';

/** A relay that is reached later than this must not open any more. */
const EXPIRY_S = 2;

/**
 * Sent only while connected, once, and never kept for later. Without a challenge and an acknowledgement there is no proof that
 * the relay is there or that it opened: the outcome is 'pulsed', never 'opened'.
 */
export function createRelayClient({
  bus,
  profile,
}: {
  readonly bus: Bus;
  readonly profile: RelayProfile;
}): GateClient {
  return {
    /** A relay says nothing; all that can be known is that the broker is there. */
    get alive() {
      return bus.connected;
    },
    async open({ pulse }) {
      if (!bus.connected) return { outcome: 'broker-away' };
      return outcomeOf(await send(bus, pulseMessage(profile, pulse)));
    },
  };
}

const send = (bus: Bus, { topic, payload, qos, retain }: RelayMessage): Promise<Published> =>
  bus.publish(topic, payload, { qos, retain, expirySeconds: EXPIRY_S });

function outcomeOf(published: Published): GateOutcome {
  if (published === 'sent') return { outcome: 'pulsed' };
  // Otherwise it may have gone out all the same, and is not sent again.
  return { outcome: published === 'not-connected' ? 'broker-away' : 'gate-unreachable' };
}
