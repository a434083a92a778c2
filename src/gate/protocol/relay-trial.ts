/** Builds messages to a relay that move nothing, by which it is found out whether the broker lets its topics be written to. */
import { millis } from '../../base/units.js';
import { pulseMessage, type RelayProfile, relayState } from './relay-message.js';

interface RelayTrial {
  readonly topic: string;
  /** Absent where every message may open. */
  readonly payload?: string;
}

/**
 * One for each topic that the box writes to. Pure.
 *
 * Tasmota takes an empty command for a question, and an empty Backlog for nothing; Shelly answers a question of its state; a button of
 * ESPHome takes PRESS alone, a switch ON, OFF and TOGGLE; Zigbee2MQTT sets what an object names, which is nothing.
 * @param replyTo topic that a device which answers is to answer below.
 */
export function relayTrials(profile: RelayProfile, replyTo: string): readonly RelayTrial[] {
  const state = relayState(profile, replyTo);
  const question = state?.ask(1);
  const written = [pulseMessage(profile, millis(1000), { id: 1, replyTo }), question, state?.off(1)];
  const topics = [...new Set(written.flatMap((message) => message?.topic ?? []))];
  return topics.map((topic) => ({
    topic,
    payload: topic === question?.topic ? question.payload : HARMLESS[profile.kind],
  }));
}

const HARMLESS: Readonly<Record<RelayProfile['kind'], string | undefined>> = {
  tasmota: '',
  shelly: undefined,
  esphome: 'doctor',
  zigbee2mqtt: '{}',
  topic: undefined,
};
