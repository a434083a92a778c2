/** The actuator's check against whoever may publish: every tenth message is Ed25519, the rest HMAC. */
import { gateId, grantId, laneId, siteId } from '../../../src/base/ids.js';
import { millis, monotonic } from '../../../src/base/units.js';
import { createGrantCheck } from '../../../src/gate/protocol/grant-check.js';
import type { Algorithm } from '../../../src/gate/protocol/signature.js';
import { grantBytes, keyPair, place, signedFor } from '../../gate/protocol/sample.js';
import { type Chance, chance } from '../chance.js';
import type { Finding, Row } from '../row.js';

export const grantsHostile: Row = {
  name: 'grants-hostile',
  claim: 'of forged, replayed, foreign, damaged, late and repeated grants none opens, and none opens twice',
  short: 100_000,
  long: 1_000_000,
  async run({ n }): Promise<Finding> {
    const hmac = attack('hmac-sha256', n - Math.floor(n / 10), chance(1));
    const signed = attack('ed25519', Math.floor(n / 10), chance(2));
    return {
      n: hmac.tried + signed.tried,
      failures: [...hmac.failures, ...signed.failures],
      note: `${hmac.good + signed.good} good ones among them opened`,
    };
  },
};

function attack(algorithm: Algorithm, n: number, luck: Chance) {
  const keys = keyPair('k-1', algorithm);
  const stranger = keyPair('k-1', algorithm).signing;
  const { gate } = place;
  const check = createGrantCheck({ ...place, direction: 'in', keys: [keys.verifying], protocol: 2 });
  const failures: string[] = [];
  const seen: Uint8Array[] = [];
  const challenges: { readonly challenge: string; readonly at: number }[] = [];
  let now = 0;
  let ids = 0;
  let tried = 0;
  let good = 0;
  const hex = (bytes: number) =>
    Array.from({ length: 2 * bytes }, () => luck.below(16).toString(16)).join('');
  const ask = () => {
    const challenge = hex(16);
    challenges.push({ challenge, at: now });
    if (challenges.length > 40) challenges.shift();
    check.issue(challenge, monotonic(now));
  };
  const newId = () => grantId(`g-${++ids}`);
  const fresh = () => challenges.at(-1)?.challenge ?? '';
  const whole = () => grantBytes(keys.signing, { gate, challenge: fresh(), id: newId() });
  const send = (what: string, bytes: Uint8Array) => {
    tried += 1;
    const verdict = check.check(bytes, monotonic(now), false);
    if (verdict.kind !== 'open') return;
    failures.push(`${algorithm}: ${what} opened`);
    check.settle(verdict.grant, { result: 'opened' });
  };
  const flipped = (bytes: Uint8Array) => {
    const copy = Buffer.from(bytes);
    const at = luck.below(copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << luck.below(8));
    return copy;
  };
  const attacks: readonly (readonly [string, () => Uint8Array])[] = [
    ['forged', () => grantBytes(stranger, { gate, challenge: fresh(), id: newId() })],
    ['replayed', () => (seen.length === 0 ? flipped(whole()) : luck.pick(seen))],
    [
      'meant for another gate',
      () => grantBytes(keys.signing, { gate: gateId('south-1'), challenge: fresh() }),
    ],
    [
      'meant for a gate of the same name at another site',
      () =>
        grantBytes(
          keys.signing,
          { challenge: fresh(), id: newId() },
          {},
          { ...signedFor, site: siteId('another') },
        ),
    ],
    [
      'meant for a gate of the same name at another lane',
      () =>
        grantBytes(
          keys.signing,
          { challenge: fresh(), id: newId() },
          {},
          { ...signedFor, lane: laneId('another') },
        ),
    ],
    [
      'of version 1',
      () => grantBytes(keys.signing, { challenge: fresh(), id: newId() }, {}, { ...signedFor, protocol: 1 }),
    ],
    [
      'for the other direction',
      () => grantBytes(keys.signing, { direction: 'out', challenge: fresh(), id: newId() }),
    ],
    ['with a bit turned over', () => flipped(whole())],
    ['cut short', () => Buffer.from(whole()).subarray(0, -1 - luck.below(80))],
    [
      'with a longer pulse',
      () => grantBytes(keys.signing, { challenge: fresh(), id: newId() }, { pulse_ms: 9999 }),
    ],
    ['with a challenge of its own', () => grantBytes(keys.signing, { challenge: hex(16), id: newId() })],
    [
      'an old one, out of order',
      () => {
        const old = challenges.filter(({ at }) => now - at > 2000);
        return old.length === 0
          ? flipped(whole())
          : grantBytes(keys.signing, { challenge: luck.pick(old).challenge, id: newId() });
      },
    ],
    [
      'signed with nothing',
      () =>
        grantBytes(
          keys.signing,
          { challenge: fresh(), id: newId() },
          { signature: '0'.repeat(algorithm === 'ed25519' ? 128 : 64) },
        ),
    ],
  ];

  ask();
  while (tried < n) {
    now += luck.below(120);
    if (now - (challenges.at(-1)?.at ?? 0) >= 500) ask();
    const [what, make] = luck.pick(attacks);
    send(what, make());
    // A check that never opens would pass all of the above.
    if (luck.below(50) !== 0) continue;
    ask();
    const bytes = whole();
    tried += 1;
    const verdict = check.check(bytes, monotonic(now), false);
    if (verdict.kind !== 'open') failures.push(`${algorithm}: a good one did not open (${verdict.kind})`);
    else {
      good += 1;
      if (luck.below(2) === 0) send('the same one while it is carried out', bytes);
      check.settle(verdict.grant, { result: 'opened' });
      seen.push(bytes);
      if (seen.length > 500) seen.shift();
      send('the same one again', bytes);
    }
    now += millis(luck.below(300));
  }
  return { tried, good, failures };
}
