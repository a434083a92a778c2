/** The port to the broker: messages to and from it. Nothing is ever queued here: not connected now means failed now. */
export interface BusMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retained: boolean;
  /** Where the sender expects the response (MQTT 5). Any client may write anything there. */
  readonly responseTopic?: string;
  /** To be sent back with the answer, as it is. */
  readonly correlation?: Uint8Array;
}

export interface PublishOptions {
  readonly qos: 0 | 1;
  readonly retain?: boolean;
  readonly expirySeconds?: number;
  readonly responseTopic?: string;
  readonly correlation?: Uint8Array;
}

/** Only with 'not-connected' and 'refused' is it certain that no client received it; what 'timed-out' may have arrived. */
export type Published = 'sent' | 'not-connected' | 'timed-out' | 'refused';

export interface Bus {
  readonly connected: boolean;
  /** QoS 0: 'sent' when handed to the socket. QoS 1: 'sent' when the broker acknowledged within 2 s. Never throws for a broken broker. */
  publish(topic: string, payload: string | Uint8Array, options: PublishOptions): Promise<Published>;
  /**
   * Kept across reconnects. What `onMessage` throws, or what its promise rejects with, is counted, reported at most once a minute
   * and dropped: no message ends anything, and other subscriptions receive it all the same.
   * @param filter an MQTT topic filter.
   */
  subscribe(filter: string, onMessage: (message: BusMessage) => unknown): void;
  /** Called with the new state at each change. */
  onConnection(listener: (connected: boolean) => void): void;
  /** Publishes `offline` on the will topic first, bounded in time. */
  close(): Promise<void>;
}

/** Whether an MQTT topic filter (`+` one segment, `#` the rest; MQTT 5, 4.7) takes a topic. */
export function filterTakes(filter: string, topic: string): boolean {
  const wanted = filter.split('/');
  const given = topic.split('/');
  // MQTT 5, 4.7.2: a wildcard in front does not take the broker's own topics.
  if (topic.startsWith('$') && (wanted[0] === '+' || wanted[0] === '#')) return false;
  for (const [index, segment] of wanted.entries()) {
    if (segment === '#') return true;
    if (index >= given.length || (segment !== '+' && segment !== given[index])) return false;
  }
  return wanted.length === given.length;
}
