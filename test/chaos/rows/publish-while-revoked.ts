/** Somebody is revoked, and may come again, while a gallery is published: at any step of it, to boxes that hear it or do not. */
import { personId } from '../../../src/base/ids.js';
import { wallTime } from '../../../src/base/units.js';
import { revokeAtRegistrar, undoRevocation } from '../../../src/fleet/publish/revoked.js';
import { actsOfTest } from '../../fixtures/acts.js';
import { DIGEST, DIMENSION, enrolled, fleetWorld } from '../../fixtures/fleet-world.js';
import { WITHIN, withinPublish } from '../../fixtures/within-publish.js';
import { chance } from '../chance.js';
import type { Row } from '../row.js';

const PEOPLE = ['ada', 'bob', 'cyd', 'dan', 'eve'].map(personId);

export const publishWhileRevoked: Row = {
  name: 'publish-while-revoked',
  claim:
    'whoever is revoked at any step of a publish matches at no box that heard of it, nor after the next publish',
  short: 60,
  long: 2000,
  async run({ n, scope }) {
    const luck = chance(67);
    const world = await fleetWorld(scope);
    const box = await world.device('gate-1');
    await world.registrar.apply(PEOPLE.flatMap((id) => enrolled(id)));
    await world.publish();
    await box.sync();
    const revoked = new Set<string>();
    const failures: string[] = [];
    const look = async (round: string): Promise<void> => {
      const { people } = await box.gallery.snapshot(DIGEST, DIMENSION);
      for (const id of revoked) if (people.has(personId(id))) failures.push(`${round}: ${id} matches`);
    };
    let amid = 0;
    for (let round = 0; round < n; round += 1) {
      const who = luck.pick(PEOPLE);
      const step = luck.pick(WITHIN);
      const isHeard = luck.below(3) > 0;
      await world.registrar.apply([
        { kind: 'put-person', person: { id: luck.pick(PEOPLE), name: `${round}`, consent: CONSENT } },
      ]);
      let done = false;
      const change = async (): Promise<void> => {
        if (done) return;
        done = true;
        amid += 1;
        if (revoked.has(who)) {
          revoked.delete(who);
          return undoRevocation(world.database, [who], [], actsOfTest);
        }
        const word = await revokeAtRegistrar(world.database, [who], [], actsOfTest);
        if (isHeard) await box.fleet.revoke(word);
        revoked.add(who);
      };
      await world.publish(withinPublish(world, step, change));
      await box.sync();
      if (isHeard) await look(`round ${round}, ${who} at ${step}`);
      await world.publish();
      await box.sync();
      await look(`round ${round}, after the next publish`);
    }
    return { n, failures, note: `${amid} changes in the middle of a publish` };
  },
};

const CONSENT = { textVersion: '1', givenAt: wallTime(1_790_000_000_000) };
