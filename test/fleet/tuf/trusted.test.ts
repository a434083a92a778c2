import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TwinstileError } from '../../../src/base/errors.js';
import { type WallTime, wallTime } from '../../../src/base/units.js';
import {
  acceptRoot,
  acceptSnapshot,
  acceptTargets,
  acceptTimestamp,
  settleRoot,
  type Trusted,
  trustFirst,
} from '../../../src/fleet/tuf/trusted.js';
import { NO_TRUSTED_VERSIONS, type TrustedVersions } from '../../../src/fleet/tuf/trusted-versions.js';
import { TufRepository } from '../../fixtures/tuf-repository.js';
import { holds } from '../../support/properties.js';

const NOW = Date.parse('2027-01-01T00:00:00Z');
const now: WallTime = wallTime(NOW);

/** What whoever holds the keys, or plays back what was signed, may offer: any version of any role, in any order. */
const step = fc.record({
  timestamp: fc.integer({ min: 1, max: 6 }),
  snapshot: fc.integer({ min: 1, max: 6 }),
  targets: fc.integer({ min: 1, max: 6 }),
  isListed: fc.boolean(),
  hasNewRoot: fc.boolean(),
});

const attempt = <T>(work: () => T, otherwise: T): T => {
  try {
    return work();
  } catch (error) {
    if (error instanceof TwinstileError && error.code.startsWith('fleet-')) return otherwise;
    throw error;
  }
};

const isBelow = (after: TrustedVersions, before: TrustedVersions): boolean =>
  after.root < before.root ||
  after.timestamp < before.timestamp ||
  after.snapshot < before.snapshot ||
  Object.entries(before.roles).some(([file, version]) => (after.roles[file] ?? 0) < version);

test('never trusts a version below one that was trusted, whatever is offered in whatever order', async (t) => {
  await holds(
    t,
    fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
      const repository = new TufRepository(NOW);
      let trusted: Trusted = trustFirst(repository.roots[0] ?? Buffer.alloc(0), NO_TRUSTED_VERSIONS);
      for (const offered of steps) {
        const before = trusted.trustedVersions;
        if (offered.hasNewRoot) {
          repository.publishRoot();
          trusted = acceptRoot(trusted, repository.roots.at(-1) ?? Buffer.alloc(0));
        }
        trusted = attempt(() => settleRoot(trusted, now), trusted);
        repository.targets.version = offered.targets;
        const targets = repository.bytesOf('targets', repository.targets);
        repository.snapshot.version = offered.snapshot;
        repository.snapshot.meta = offered.isListed ? { 'targets.json': { version: offered.targets } } : {};
        const snapshot = repository.bytesOf('snapshot', repository.snapshot);
        repository.timestamp.version = offered.timestamp;
        repository.timestamp.meta['snapshot.json'] = { version: offered.snapshot };
        const timestamp = repository.bytesOf('timestamp', repository.timestamp);

        trusted = attempt(() => acceptTimestamp(trusted, timestamp, now), trusted);
        trusted = attempt(() => acceptSnapshot(trusted, snapshot, now), trusted);
        trusted = attempt(
          () => acceptTargets(trusted, { role: 'targets', delegator: undefined }, targets, now),
          trusted,
        );
        assert.equal(isBelow(trusted.trustedVersions, before), false, JSON.stringify([before, offered]));
        const read = trusted.targets.get('targets')?.metadata.signed.version;
        assert.ok(read === undefined || read >= (before.roles['targets.json'] ?? 0), `targets ${read}`);
      }
    }),
    { short: 100, long: 5000 },
  );
});

test('never believes what another key has signed', async (t) => {
  await holds(
    t,
    fc.property(fc.constantFrom('timestamp' as const, 'snapshot' as const, 'targets' as const), (role) => {
      const [repository, stranger] = [new TufRepository(NOW), new TufRepository(NOW)];
      let trusted = trustFirst(repository.roots[0] ?? Buffer.alloc(0), NO_TRUSTED_VERSIONS);
      const bytes = (of: 'timestamp' | 'snapshot' | 'targets') => {
        const from = of === role ? stranger : repository;
        return from.bytesOf(of, from[of]);
      };
      assert.throws(
        () => {
          trusted = acceptTimestamp(trusted, bytes('timestamp'), now);
          trusted = acceptSnapshot(trusted, bytes('snapshot'), now);
          trusted = acceptTargets(trusted, { role: 'targets', delegator: undefined }, bytes('targets'), now);
        },
        { code: 'fleet-refused' },
      );
    }),
    { short: 20, long: 500 },
  );
});
