/** A login of the access list in wrong hands: everything that it may write, with every topic and payload that it may choose. */
import fc from 'fast-check';
import mqtt from 'mqtt';
import { MAX_PAYLOAD } from '../../src/platform/mqtt/mqtt-connection.js';
import { type Chance, mutated } from './chance.js';

/** By login, the filters that it may write. */
export function writableBy(list: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  let login = '';
  for (const line of list) {
    if (line.startsWith('user ')) {
      login = line.slice(5);
      found.set(login, []);
    }
    const rule = /^topic write (.*)$/.exec(line)?.[1];
    if (rule !== undefined) found.get(login)?.push(rule);
  }
  for (const line of list) {
    const pattern = /^pattern write (.*)$/.exec(line)?.[1];
    if (pattern !== undefined) for (const [name, rules] of found) rules.push(pattern.replaceAll('%u', name));
  }
  return found;
}

/** Bytes of a topic, and levels that Mosquitto takes. */
const MAX_TOPIC = 65_535;
const MAX_LEVELS = 200;
const WORDS = [
  '',
  'open',
  'mode',
  'lockdown',
  'erase',
  'login',
  'challenge',
  'chaos',
  'north',
  'south',
  'exit',
];
const STRANGE = ['__proto__', 'constructor', '..', '$SYS', 'ü'.repeat(65), 'x'.repeat(65), ' ', '%s%n', '{}'];

function level(luck: Chance): string {
  return luck.pick([
    () => luck.pick(WORDS),
    () => luck.pick(WORDS),
    () => luck.pick(STRANGE),
    () => 'x'.repeat(luck.below(3000)),
    // No control characters, surrogates or wildcards: for them the broker ends the connection before anybody hears.
    () =>
      String.fromCharCode(
        ...Array.from({ length: 1 + luck.below(40) }, () => 0x30 + luck.below(0x2000)),
      ).replaceAll(/[\u007f-\u009f]/g, 'y'),
  ])();
}

/** @param filter as it stands in the list. */
export function topicWithin(filter: string, luck: Chance): string {
  const levels = filter.split('/').flatMap((part) => {
    if (part === '+') return [level(luck)];
    if (part !== '#') return [part];
    const deep = luck.below(8) === 0 ? luck.below(MAX_LEVELS - 10) : luck.below(3);
    return Array.from({ length: 1 + deep }, () => (luck.below(3) === 0 ? '' : level(luck).slice(0, 300)));
  });
  // In one of a hundred the first level that may be chosen is as long as a topic can be.
  const chosen = filter.split('/').indexOf('+');
  const rest = Buffer.byteLength(levels.join('/'));
  if (chosen === -1 || luck.below(100) > 0)
    return rest > MAX_TOPIC ? filter.replaceAll(/[+#]/g, 'x') : levels.join('/');
  return levels.with(chosen, 'z'.repeat(MAX_TOPIC - rest)).join('/');
}

const hex = (bytes: number, luck: Chance) =>
  Array.from({ length: bytes }, () => luck.below(256).toString(16).padStart(2, '0')).join('');

/** What would be taken there, but for its signature. */
function good(topic: string, luck: Chance): object | string {
  const number = luck.below(1e9);
  const gate = topic.split('/')[2] ?? '';
  if (topic.endsWith('/badge'))
    return { v: 1, badge: `x-${number}`, reader: `r-${number % 9}`, read: `n-${number}` };
  if (topic.includes('/command/'))
    return {
      v: 1,
      transaction: `t-${number}`,
      at: new Date().toISOString(),
      operator: luck.below(2) === 0 ? undefined : 'front-desk',
      signature: luck.below(2) === 0 ? undefined : hex(64, luck),
      challenge: luck.below(2) === 0 ? undefined : hex(16, luck),
    };
  if (topic.endsWith('/ack'))
    return {
      v: 2,
      gate,
      grant: `g-${number}`,
      request: hex(32, luck),
      result: 'opened',
      signature: hex(64, luck),
    };
  if (topic.endsWith('/passage')) return { v: 1, gate, grant: null, outcome: 'forced-open', direction: 'in' };
  if (topic.endsWith('/challenge'))
    return { v: 1, gate, boot: hex(8, luck), sequence: number, challenge: hex(16, luck) };
  if (topic.endsWith('/grant')) {
    const parts = { id: `g-${number}`, gate, direction: 'in', pulse_ms: 300, challenge: hex(16, luck) };
    return { v: 2, ...parts, key: 'k', algorithm: 'ed25519', signature: hex(64, luck) };
  }
  if (topic.endsWith('/state')) return { v: 1, mode: 'closed', degraded: ['forged'] };
  if (topic.endsWith('/revoked'))
    return { signed: { site: 'chaos', people: ['p-1'], serial: number }, signatures: [] };
  return luck.pick(['online', 'offline']);
}

function payloadFor(topic: string, values: readonly string[], luck: Chance): Buffer {
  const honest = good(topic, luck);
  const bytes = Buffer.from(typeof honest === 'string' ? honest : JSON.stringify(honest));
  const kind = luck.below(100);
  if (kind < 50) return bytes;
  if (kind < 85) return mutated(bytes, luck);
  if (kind < 95) return Buffer.from(luck.pick(values));
  if (kind < 99) return Buffer.alloc(luck.below(5000), luck.below(256));
  return Buffer.alloc(luck.pick([MAX_PAYLOAD, MAX_PAYLOAD + 1, 1 << 20]), '{"v":1,"badge":"');
}

const BATCH = 100;

export interface HostileLogin {
  readonly login: string;
  readonly url: string;
  readonly password: string;
  /** What it may write. */
  readonly filters: readonly string[];
  readonly luck: Chance;
}

/** @param goesOn asked after each hundred, with how many were sent. @returns how many were sent. */
export async function flood(
  { login, url, password, filters, luck }: HostileLogin,
  goesOn: (sent: number) => boolean,
): Promise<number> {
  const client = mqtt.connect(url, {
    username: login,
    password,
    clientId: `hostile-${login}`,
    protocolVersion: 5,
    reconnectPeriod: 50,
    queueQoSZero: false,
  });
  // For a malformed topic the broker ends the connection: it comes again.
  client.on('error', () => {});
  const values = fc.sample(fc.json({ maxDepth: 4 }), { numRuns: 100, seed: luck.below(1e9) });
  let sent = 0;
  const publish = (topic: string, payload: Buffer) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, 2000);
      const properties =
        luck.below(8) === 0
          ? { responseTopic: `x/${level(luck)}`, correlationData: Buffer.alloc(luck.below(400)) }
          : {};
      const qos = luck.below(4) === 0 ? 1 : 0;
      client.publish(topic, payload, { qos, retain: luck.below(4) === 0, properties }, (error) => {
        clearTimeout(timer);
        if (!error) sent += 1;
        resolve();
      });
    });
  while (goesOn(sent)) {
    if (!client.connected) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      continue;
    }
    // Every second time the same message a hundred times over.
    const isBurst = luck.below(2) === 0;
    const topic = topicWithin(luck.pick(filters), luck);
    const payload = payloadFor(topic, values, luck);
    await Promise.all(
      Array.from({ length: BATCH }, () => {
        if (isBurst && payload.length < 10_000) return publish(topic, payload);
        const other = topicWithin(luck.pick(filters), luck);
        return publish(other, payloadFor(other, values, luck));
      }),
    );
  }
  await client.endAsync(true);
  return sent;
}
