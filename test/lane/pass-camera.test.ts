import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { LivenessRules } from '../../src/access/lane-rules.js';
import { euclidean } from '../../src/biometrics/distance.js';
import type { DocumentPhotos } from '../../src/lane/document-photo.js';
import type { DocumentCapture, DocumentCaptureMode, PhotoFace } from '../../src/vision/ports/vision.js';
import { until } from '../until.js';
import { accessWorld } from './access-world.js';
import { badgeRules, FACES, face, galleryOf, showFor, standingBy, type Who } from './lane-world.js';

const options = { concurrency: true } as const;
const photoFace = (who: Who, more: Partial<PhotoFace> = {}): PhotoFace => ({
  box: { x: 0, y: 0, width: 80, height: 100 },
  interOcular: 24,
  problems: [],
  embedding: Float32Array.from(FACES[who]),
  ...more,
});
const sees = (...faces: readonly PhotoFace[]): DocumentCapture => ({ kind: 'faces', faces });

/** A lane whose second camera shows what a test says; it notes how often it was asked. */
async function passWorld(
  t: TestContext,
  look: DocumentCapture | Error,
  more: Parameters<typeof accessWorld>[1] & {
    readonly photos?: false;
    readonly looks?: DocumentCapture[];
  } = {},
) {
  const asked: DocumentCaptureMode[] = [];
  const faults: string[] = [];
  const photos: DocumentPhotos = {
    encode: async () => ({ kind: 'faces', faces: [photoFace('bob')] }),
    distance: euclidean,
    onFault: (detail) => faults.push(detail),
  };
  const camera = {
    capture: async (options: DocumentCaptureMode) => {
      asked.push(options);
      if (look instanceof Error) throw look;
      return more.looks?.shift() ?? look;
    },
  };
  const world = await accessWorld(t, {
    rules: [{ effect: 'grant', groups: ['visitors'] }],
    ...more,
    parts: {
      rules: badgeRules,
      standingOf: standingBy((badge) =>
        badge.startsWith('badge-of-') ? badge.slice('badge-of-'.length) : undefined,
      ),
      documents: more.photos === false ? undefined : { photos, camera },
      ...more.parts,
    },
  });
  return { ...world, asked, troubles: faults };
}

test('a visitor whose pass lies before the second camera', options, async (t) => {
  await Promise.all([
    t.test('is let in when the living face is that of the pass, and nothing of it is kept', async (t) => {
      const world = await passWorld(t, sees(photoFace('eve')));
      await world.badge('V-17');
      await showFor(world, 400, [face('eve')]);
      await until(() => world.opened.length === 1, 'an opening');
      assert.deepEqual(world.said(), ['granted document-verified opened']);
      assert.equal(world.decisions[0]?.[0].person, 'pass:V-17');
      assert.deepEqual(world.asked, ['face']);
      const kept = JSON.stringify([world.rows, await world.outbox.pending(99), world.notes]);
      assert.doesNotMatch(kept, /embedding|interOcular/);
    }),

    t.test('is refused when the living face is another', async (t) => {
      const world = await passWorld(t, sees(photoFace('eve')));
      await world.badge('V-17');
      await showFor(world, 1900, [face('bob')]);
      assert.deepEqual(world.said(), ['refused badge-face-mismatch']);
    }),

    t.test('is refused as an attack when it is no living face, however alike', async (t) => {
      const liveness: LivenessRules = {
        identification: 'require',
        verification: 'require',
        challenge: false,
      };
      const world = await passWorld(t, sees(photoFace('eve')), {
        parts: { rules: { ...badgeRules, liveness } },
      });
      await world.badge('V-17');
      await showFor(world, 1900, [face('eve', { liveness: 0.02 })]);
      assert.deepEqual(world.said(), ['refused presentation-attack']);
      assert.equal(world.opened.length, 0);
    }),

    t.test('is forgotten with the badge: the next one is compared with the next pass', async (t) => {
      const looks = [sees(photoFace('eve')), sees(photoFace('bob'))];
      const world = await passWorld(t, sees(), { looks });
      await world.badge('V-1', 'r-1');
      await until(() => looks.length === 1, 'the first look');
      await world.badge('V-2', 'r-2');
      await until(() => looks.length === 0, 'the second look');
      await showFor(world, 1900, [face('eve')]);
      assert.deepEqual(world.said(), ['refused badge-face-mismatch']);
    }),

    ...(
      [
        ['no face is seen', sees(), 'document-photo-unusable'],
        ['two are seen', sees(photoFace('eve'), photoFace('bob')), 'document-photo-unusable'],
        ['it is too small', sees(photoFace('eve', { problems: ['too-small'] })), 'document-photo-unusable'],
        ['the camera is missing', { kind: 'no-picture', detail: 'unplugged' }, 'document-camera-missing'],
        ['its process dies', new Error('killed'), 'document-camera-missing'],
      ] as const satisfies readonly (readonly [string, DocumentCapture | Error, string])[]
    ).map(([what, look, reason]) =>
      t.test(`is refused when ${what}, and the lane goes on`, async (t) => {
        const world = await passWorld(t, look);
        await world.badge('V-17');
        await until(() => world.decisions.length === 1, 'a decision');
        assert.deepEqual(world.said(), [`refused ${reason}`]);
        assert.equal(world.troubles.length, reason === 'document-camera-missing' ? 1 : 0);
        // Another badge, of somebody who is enrolled.
        await world.badge('badge-of-ada', 'r-2');
        await showFor(world, 600, [face('ada')]);
        await until(
          () => world.said().some((one) => /face-verified|no-access/.test(one)),
          'Ada is recognised',
        );
      }),
    ),
  ]);
});

test('the second camera is not asked', options, async (t) => {
  await Promise.all([
    t.test('for somebody who is enrolled with a face', async (t) => {
      const world = await passWorld(t, sees(photoFace('eve')));
      await world.badge('badge-of-ada');
      await showFor(world, 1900, [face('eve')]);
      assert.deepEqual([world.said(), world.asked], [['refused badge-face-mismatch'], []]);
    }),

    t.test('where a photograph came with the badge', async (t) => {
      const world = await passWorld(t, sees(photoFace('eve')));
      const photo = Buffer.of(0xff, 0xd8, 0xff).toString('base64');
      await world.outside.publish(
        world.topics.badge,
        JSON.stringify({ v: 1, badge: 'V-1', reader: 'door', read: 'r-1', photo }),
        { qos: 0 },
      );
      await showFor(world, 400, [face('bob')]);
      await until(() => world.opened.length === 1, 'an opening');
      assert.deepEqual(world.asked, []);
    }),

    t.test('where the lane takes no photographs', async (t) => {
      const world = await passWorld(t, sees(photoFace('eve')), { photos: false });
      await world.badge('V-17');
      await until(() => world.decisions.length === 1, 'a decision');
      assert.deepEqual([world.said(), world.asked], [['refused badge-unknown'], []]);
    }),

    t.test('by a living face alone, without a badge', async (t) => {
      const world = await passWorld(t, sees(photoFace('eve')));
      await showFor(world, 600, [face('eve')]);
      assert.deepEqual([world.opened, world.asked], [[], []]);
    }),
  ]);
});

test('somebody who is known without a face is compared with the pass, and keeps their name', async (t) => {
  const nobody = await galleryOf([]);
  const world = await passWorld(t, sees(photoFace('eve')), {
    rules: [{ effect: 'grant', groups: ['everyone', 'visitors'] }],
    parts: { gallery: () => nobody },
  });
  await world.badge('badge-of-eve');
  await showFor(world, 500, [face('eve')]);
  await until(() => world.decisions.length >= 1, 'a decision');
  assert.equal(world.decisions[0]?.[0].person, 'eve');
});
