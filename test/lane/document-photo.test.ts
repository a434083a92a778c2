import assert from 'node:assert/strict';
import { test } from 'node:test';
import { personId } from '../../src/base/ids.js';
import { wallTime } from '../../src/base/units.js';
import { euclidean } from '../../src/biometrics/distance.js';
import { MAX_DOCUMENT_PHOTO } from '../../src/gate/protocol/gate-messages.js';
import type { DocumentPhotos } from '../../src/lane/document-photo.js';
import type { Person } from '../../src/records/people/person.js';
import type { PhotoFace, PhotoResult } from '../../src/vision/ports/vision.js';
import { until } from '../until.js';
import { accessWorld } from './access-world.js';
import { badgeRules, FACES, face, galleryOf, rules, showFor, standingBy, type Who } from './lane-world.js';

const options = { concurrency: true } as const;
const agreed = { textVersion: '1', givenAt: wallTime(0) };
const JPEG = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0);
const passWith = (who: Who, size = 100): string =>
  Buffer.concat([JPEG, Buffer.from(who), Buffer.alloc(size)]).toString('base64');
const photoFace = (who: Who, more: Partial<PhotoFace> = {}): PhotoFace => ({
  box: { x: 0, y: 0, width: 80, height: 100 },
  interOcular: 40,
  problems: [],
  embedding: Float32Array.from(FACES[who]),
  ...more,
});
/** Finds on a photograph whoever stands in its bytes. */
const encoder = (more: Partial<DocumentPhotos> = {}): DocumentPhotos => ({
  encode: async (jpeg): Promise<PhotoResult> => {
    const who = /ada|bob|eve/.exec(Buffer.from(jpeg).toString('latin1'))?.[0] as Who | undefined;
    return who === undefined ? { kind: 'faces', faces: [] } : { kind: 'faces', faces: [photoFace(who)] };
  },
  distance: euclidean,
  ...more,
});

async function passWorld(
  t: Parameters<typeof accessWorld>[0],
  photos: DocumentPhotos | undefined,
  more: Parameters<typeof accessWorld>[1] = {},
) {
  const world = await accessWorld(t, {
    rules: [{ effect: 'grant', groups: ['visitors'] }],
    ...more,
    parts: {
      rules: badgeRules,
      standingOf: standingBy((badge) => (badge === 'badge-of-ada' ? 'ada' : undefined)),
      documents: photos === undefined ? undefined : { photos },
      ...more.parts,
    },
  });
  const present = (photo: string, badge = 'V-17', read = 'r-1') =>
    world.outside.publish(world.topics.badge, JSON.stringify({ v: 1, badge, reader: 'door', read, photo }), {
      qos: 0,
    });
  return { ...world, present };
}

test('a visitor with a photograph in the pass', options, async (t) => {
  await Promise.all([
    t.test('is let in when the face is that of the photograph', async (t) => {
      const world = await passWorld(t, encoder());
      await world.present(passWith('eve'));
      await showFor(world, 400, [face('eve')]);
      await until(() => world.opened.length === 1, 'an opening');
      assert.deepEqual(world.said(), ['granted document-verified opened']);
      assert.equal(world.decisions[0]?.[0].person, 'pass:V-17');
      const kept = JSON.stringify(world.rows) + JSON.stringify(await world.outbox.pending(99));
      assert.doesNotMatch(kept + JSON.stringify(world.notes), new RegExp(passWith('eve').slice(0, 20)));
    }),

    t.test('also where nobody is enrolled at all', async (t) => {
      const nobody = await galleryOf([]);
      const world = await passWorld(t, encoder(), { parts: { gallery: () => nobody } });
      await world.present(passWith('eve', 200_000));
      await showFor(world, 400, [face('eve')]);
      await until(() => world.opened.length === 1, 'an opening');
    }),

    t.test('is refused when it is another face', async (t) => {
      const world = await passWorld(t, encoder());
      await world.present(passWith('eve'));
      await showFor(world, 1900, [face('bob')]);
      assert.deepEqual(world.said(), ['refused badge-face-mismatch']);
    }),

    t.test('is not everybody: a rule for everyone means the enrolled', async (t) => {
      const world = await passWorld(t, encoder(), { rules: [{ effect: 'grant', groups: ['everyone'] }] });
      await world.present(passWith('eve'));
      await showFor(world, 500, [face('eve')]);
      assert.deepEqual(world.said(), ['refused no-access']);
    }),

    t.test('is let in by a rule for everyone and visitors', async (t) => {
      const world = await passWorld(t, encoder(), {
        rules: [{ effect: 'grant', groups: ['everyone', 'visitors'] }],
      });
      await world.present(passWith('eve'));
      await showFor(world, 400, [face('eve')]);
      await until(() => world.opened.length === 1, 'an opening');
    }),

    t.test('is foreign where the lane does not take photographs', async (t) => {
      const world = await passWorld(t, undefined);
      await world.present(passWith('eve'));
      await until(() => world.decisions.length === 1, 'a decision');
      assert.deepEqual(world.said(), ['refused badge-foreign']);
    }),

    ...(
      [
        ['was taken back', 'removed', 'badge-removed'],
        ['is revoked', 'revoked', 'badge-revoked'],
        ['is two people’s', 'ambiguous', 'badge-ambiguous'],
      ] as const
    ).map(([what, kind, reason]) =>
      t.test(`is none when the badge ${what}: it is never a visitor’s`, async (t) => {
        let encoded = 0;
        const encode = async (): Promise<PhotoResult> => {
          encoded += 1;
          return { kind: 'faces', faces: [photoFace('eve')] };
        };
        const world = await passWorld(t, encoder({ encode }), {
          rules: [{ effect: 'grant', groups: ['everyone', 'visitors'] }],
          parts: { standingOf: async (badge) => ({ kind, badge, person: personId('eve'), people: [] }) },
        });
        await world.present(passWith('eve'));
        await showFor(world, 400, [face('eve')]);
        assert.deepEqual(world.said(), [`refused ${reason}`]);
        assert.deepEqual([encoded, world.opened.length], [0, 0]);
      }),
    ),

    ...(
      [
        ['withdrew consent', { consent: undefined }, 'no-consent'],
        [
          'agreed until a day that is over',
          { consent: { ...agreed, until: wallTime(1) } },
          'consent-expired',
        ],
        ['expired', { validUntil: wallTime(1) }, 'expired'],
      ] as const
    ).map(([what, person, reason]) =>
      t.test(`is none for somebody who ${what}`, async (t) => {
        const world = await passWorld(t, encoder(), {
          people: { zoe: person as Partial<Person> },
          parts: { standingOf: standingBy(() => 'zoe') },
        });
        await world.present(passWith('eve'));
        await showFor(world, 400, [face('eve')]);
        assert.deepEqual(world.said(), [`refused ${reason}`]);
      }),
    ),

    t.test('is let in with a badge of a holder in a denied group no more than with their own', async (t) => {
      const world = await passWorld(t, encoder(), {
        rules: [
          { effect: 'grant', groups: ['everyone', 'visitors'] },
          { effect: 'deny', groups: ['suspended'] },
        ],
        groups: [{ id: 'suspended', people: ['zoe'] }],
        people: { zoe: {} },
        parts: { standingOf: standingBy(() => 'zoe') },
      });
      await world.present(passWith('eve'));
      await showFor(world, 400, [face('eve')]);
      assert.deepEqual(world.said(), ['refused denied']);
    }),

    t.test('is not let in when the badge is revoked between the pass and the gate', async (t) => {
      let asked = 0;
      const world = await passWorld(t, encoder(), {
        parts: {
          standingOf: async (badge) => {
            asked += 1;
            return asked === 1 ? { kind: 'foreign', badge } : { kind: 'revoked', badge, person: undefined };
          },
        },
      });
      await world.present(passWith('eve'));
      await showFor(world, 400, [face('eve')]);
      await until(() => world.decisions.length === 1, 'a decision');
      assert.deepEqual(world.said(), ['granted document-verified withdrawn']);
      assert.equal(world.opened.length, 0);
    }),

    t.test('brings no photograph of their own for somebody who is enrolled', async (t) => {
      const world = await passWorld(t, encoder(), {
        rules: [{ effect: 'grant', groups: ['everyone', 'visitors'] }],
      });
      await world.present(passWith('eve'), 'badge-of-ada');
      await showFor(world, 1900, [face('eve')]);
      assert.deepEqual(world.said(), ['refused badge-face-mismatch']);
    }),

    t.test('is not asked for where a face alone counts', async (t) => {
      const world = await passWorld(t, encoder(), {
        lane: { credentials: 'face-only' },
        parts: { rules: { ...badgeRules, ...rules } },
      });
      await world.present(passWith('eve'));
      await until(() => world.notes.some((note) => note.kind === 'dropped-message'), 'a note');
    }),

    ...(
      [
        ['shows nobody', { kind: 'faces', faces: [] }],
        ['shows two', { kind: 'faces', faces: [photoFace('eve'), photoFace('bob')] }],
        ['is too poor', { kind: 'faces', faces: [photoFace('eve', { problems: ['blurred'] })] }],
        ['is none', { kind: 'unreadable', detail: 'no JPEG' }],
      ] as const satisfies readonly (readonly [string, PhotoResult])[]
    ).map(([what, result]) =>
      t.test(`is refused when the photograph ${what}`, async (t) => {
        const world = await passWorld(t, encoder({ encode: async () => result }));
        await world.present(passWith('eve'));
        await until(() => world.decisions.length === 1, 'a decision');
        assert.deepEqual(world.said(), ['refused document-photo-unusable']);
      }),
    ),

    t.test('is refused when a vision process dies of the photograph, and the lane goes on', async (t) => {
      const faults: string[] = [];
      const world = await passWorld(
        t,
        encoder({
          encode: async () => {
            throw new Error('segmentation fault');
          },
          onFault: (detail) => faults.push(detail),
        }),
      );
      await world.present(passWith('eve'));
      await until(() => world.decisions.length === 1, 'a decision');
      assert.deepEqual(world.said(), ['refused document-photo-unusable']);
      assert.deepEqual(faults, ['segmentation fault']);
    }),

    t.test('is dropped with what is too large, no base64 or no JPEG', async (t) => {
      let encoded = 0;
      const world = await passWorld(
        t,
        encoder({
          encode: async () => {
            encoded += 1;
            return { kind: 'faces', faces: [] };
          },
        }),
      );
      await world.present(passWith('eve', MAX_DOCUMENT_PHOTO), 'V-1', 'r-1');
      await world.present('<svg>', 'V-2', 'r-2');
      await world.present(Buffer.from('GIF89a').toString('base64'), 'V-3', 'r-3');
      await until(() => world.decisions.length === 1, 'a decision');
      assert.equal(world.notes.filter(({ kind }) => kind === 'dropped-message').length, 2);
      assert.deepEqual(world.said(), ['refused document-photo-unusable']);
      assert.equal(encoded, 0);
    }),
  ]);
});

test('a visitor whose reader has no seconds of decoding left is refused as document-photo-unusable, dropped and counted', async (t) => {
  const senders: string[] = [];
  const world = await passWorld(
    t,
    encoder({
      encode: async (_jpeg, sender) => {
        senders.push(sender);
        return { kind: 'over-budget' };
      },
    }),
  );
  await world.present(passWith('eve'));
  await until(() => world.decisions.length === 1, 'a decision');
  assert.deepEqual(world.said(), ['refused document-photo-unusable']);
  assert.deepEqual(senders, ['others']);
  await until(() => world.notes.some((note) => note.kind === 'dropped-message'), 'a note');
  assert.match(JSON.stringify(world.notes), /"reason":"too-many"/);
});
