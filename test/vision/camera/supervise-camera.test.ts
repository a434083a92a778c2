import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TwinstileError } from '../../../src/base/errors.js';
import { millis } from '../../../src/base/units.js';
import { type CameraStep, createCameraSupervisor } from '../../../src/vision/camera/supervise-camera.js';
import type { CameraSource } from '../../../src/vision/ports/camera.js';
import { type Act, handClock, plainPicture, scriptedCamera } from '../../contracts/camera-script.js';

const usb: CameraSource = { kind: 'usb', device: '/dev/video0' };
const film: CameraSource = { kind: 'file', path: 'film.mp4', pace: 'real-time', loop: false };
const photos: CameraSource = { kind: 'folder', path: 'photos', fps: 1, pace: 'real-time', loop: true };
const fastFilm: CameraSource = { kind: 'file', path: 'film.mp4', pace: 'fast', loop: false };

const gone = new TwinstileError({ code: 'camera-unusable', message: 'Expected a camera, got none.' });
const lost: Act = { kind: 'lost', detail: 'pulled out' };
const wait: Act = { kind: 'wait', wait: 100 };
const moving = (count: number, from = 0): Act[] =>
  Array.from({ length: count }, (_, index) => ({ shows: from + index }));
const still = (count: number, colour = 200): Act[] =>
  Array.from({ length: count }, () => ({ shows: colour }));

/** One list of acts for each time the camera is opened; an error where it cannot be. The last one is used again. */
type Script = readonly (readonly Act[] | Error)[];

/** Asks for steps, 40 ms apart or as far as a step says, and writes down what is told. */
function follow(source: CameraSource, script: Script, { steps = 400 } = {}) {
  const clock = handClock();
  const told: string[] = [];
  const details: (string | undefined)[] = [];
  const openedAt: number[] = [];
  let closed = 0;
  const supervisor = createCameraSupervisor({
    source,
    clock,
    onStatus: (status, detail) => {
      told.push(status);
      details.push(detail);
    },
    open: () => {
      openedAt.push(clock.monotonic());
      const acts = script[Math.min(openedAt.length, script.length) - 1] ?? [];
      if (acts instanceof Error) throw acts;
      return scriptedCamera(acts, clock, () => {
        closed += 1;
      });
    },
  });
  const taken: CameraStep[] = [];
  for (let count = 0; count < steps; count += 1) {
    const step = supervisor.next();
    taken.push(step);
    if (step.kind === 'end') break;
    clock.move(step.kind === 'wait' ? Math.max(step.wait, 40) : 40);
  }
  const frames = taken.filter((step) => step.kind === 'frame');
  return { care: supervisor, clock, told, details, openedAt, taken, frames, closed: () => closed };
}

for (const [name, source, script, expected] of [
  ['a camera that works', usb, [moving(500)], ['opening', 'live']],
  [
    'one that is unplugged and comes back',
    usb,
    [[...moving(3), lost], gone, gone, moving(500)],
    ['opening', 'live', 'unplugged', 'unplugged', 'live'],
  ],
  ['one that is not there at first', usb, [gone, gone, gone, moving(500)], ['opening', 'unplugged', 'live']],
  [
    'one that throws while it is looked at',
    usb,
    [[...moving(3), new Error('native trouble')], moving(500)],
    ['opening', 'live', 'unplugged', 'live'],
  ],
  [
    'one that gives nothing for 2 s',
    usb,
    [[...moving(3), ...Array(21).fill(wait)], moving(500)],
    ['opening', 'live', 'stalled', 'live'],
  ],
  [
    'one that gives nothing for less than 2 s',
    usb,
    [[...moving(3), ...Array(18).fill(wait), ...moving(500)]],
    ['opening', 'live'],
  ],
  [
    'one that freezes and thaws',
    usb,
    [
      [...moving(3), ...still(60)],
      [...still(60), ...moving(500)],
    ],
    ['opening', 'live', 'frozen', 'live'],
  ],
  [
    'one that stands still for less than 2 s',
    usb,
    [[...moving(3), ...still(50), ...moving(500)]],
    ['opening', 'live'],
  ],
  ['one whose stream is closed', usb, [moving(3), moving(500)], ['opening', 'live', 'ended', 'live']],
  [
    'one whose pictures become smaller',
    usb,
    [[...moving(3), ...moving(500).map((act) => ({ ...act, width: 32 }))]],
    ['opening', 'live', 'resolution-changed', 'live'],
  ],
  [
    'one that comes back with larger pictures',
    usb,
    [[...moving(3), lost], moving(500).map((act) => ({ ...act, width: 128 }))],
    ['opening', 'live', 'unplugged', 'resolution-changed', 'live'],
  ],
  ['a film that ends', film, [moving(3)], ['opening', 'live', 'ended']],
  [
    'a film that freezes',
    film,
    [[...moving(3), ...still(60), ...moving(3)]],
    ['opening', 'live', 'frozen', 'live', 'ended'],
  ],
  [
    'a film that stalls',
    film,
    [[...moving(3), ...Array(25).fill(wait), ...moving(3)]],
    ['opening', 'live', 'stalled', 'live', 'ended'],
  ],
  ['a fast film that stands still', fastFilm, [still(200)], ['opening', 'live', 'ended']],
  ['photographs that are alike', photos, [still(399)], ['opening', 'live']],
  [
    'photographs of several sizes, far apart',
    photos,
    [[...still(3), ...Array(100).fill(wait), { shows: 1, width: 9 }, ...moving(500)]],
    ['opening', 'live'],
  ],
] as const satisfies readonly (readonly [string, CameraSource, Script, readonly string[]])[])
  test(`tells of ${name}`, () => {
    const { told } = follow(source, script);
    assert.deepEqual(told, expected);
  });

test('says why a camera cannot be opened, and says a new reason once more', () => {
  const forbidden = new TwinstileError({
    code: 'camera-unusable',
    message: 'No permission.',
    hint: 'Join the group video.',
  });
  const { told, details } = follow(usb, [gone, gone, forbidden, forbidden]);
  assert.deepEqual(told, ['opening', 'unplugged', 'unplugged']);
  assert.deepEqual(details.slice(1), [
    'Expected a camera, got none.',
    'No permission. Join the group video.',
  ]);
});

test('waits longer from one opening to the next, but never more than half a second', () => {
  const { openedAt } = follow(usb, [gone], { steps: 30 });
  const gaps = openedAt.slice(1).map((at, index) => at - (openedAt[index] ?? 0));
  assert.deepEqual(gaps.slice(0, 5), [100, 200, 400, 500, 500]);
  assert.ok(gaps.every((gap) => gap <= 500));
});

test('does not open again and again a camera that opens and breaks at its first picture', () => {
  const { openedAt, clock } = follow(usb, [[lost]], { steps: 100 });
  assert.ok(openedAt.length <= 3 + (clock.monotonic() - 1000) / 500);
});

test('waits for a first picture as long as the kind of camera may take, and says its limit when it does not come', () => {
  const late = follow(usb, [[...Array(90).fill(wait), ...moving(500)]]);
  assert.deepEqual([late.told, late.openedAt.length], [['opening', 'live'], 1]);
  const never = follow(usb, [[...Array(1000).fill(wait)]], { steps: 110 });
  assert.deepEqual(never.told, ['opening', 'stalled']);
  assert.equal(never.details[1], 'No first picture came within 10 s.');
});

test('gives a camera that took its whole time twice as much the next time, and one that was refused at once no more', () => {
  const clock = handClock();
  const waits: number[] = [];
  let takes = 0;
  const care = createCameraSupervisor({
    source: { kind: 'stream', url: 'rtsp://camera/1' },
    clock,
    onStatus: () => {},
    open: (_, patience) => {
      waits.push(patience?.silence ?? 0);
      clock.move(takes);
      throw gone;
    },
  });
  for (const span of [5, 5, 2000, 4000, 5, 5]) {
    takes = span;
    const step = care.next();
    clock.move(step.kind === 'wait' ? step.wait : 0);
  }
  assert.deepEqual(waits, [2000, 2000, 2000, 4000, 8000, 8000]);
});

test('shows a repeated picture once, and counts it with the next new one', () => {
  const { frames } = follow(usb, [[{ shows: 1 }, ...still(3, 2), { shows: 3 }, ...moving(50, 10)]], {
    steps: 10,
  });
  assert.deepEqual(
    frames.slice(0, 4).map((step) => step.kind === 'frame' && step.skipped),
    [0, 0, 2, 0],
  );
});

test('opens a frozen camera again, but not more often than every 10 s', () => {
  const { openedAt, told } = follow(usb, [still(10_000)], { steps: 800 });
  assert.deepEqual(told, ['opening', 'live', 'frozen']);
  const [first = 0, second = 0, third = 0] = openedAt;
  assert.ok(second - first >= 2000 && second - first < 2500);
  assert.ok(third - second >= 10_000 && third - second < 10_500);
});

test('lets a camera through that shows the same picture after it was unplugged', () => {
  const { told } = follow(usb, [[{ shows: 1 }, lost], gone, [{ shows: 1 }, ...moving(50, 2)]], { steps: 40 });
  assert.deepEqual(told, ['opening', 'live', 'unplugged', 'unplugged', 'live']);
});

test('passes on what a source says beside its pictures', () => {
  const { told, details } = follow(
    photos,
    [[{ shows: 1 }, { shows: 2, detail: 'a.jpg is broken' }, ...moving(50)]],
    { steps: 40 },
  );
  assert.deepEqual(told, ['opening', 'live', 'live']);
  assert.equal(details[2], 'a.jpg is broken');
});

test('closes what it opened, once, and is at its end when it is closed', () => {
  const {
    care: supervisor,
    closed,
    openedAt,
  } = follow(usb, [[...moving(3), lost], moving(500)], { steps: 20 });
  supervisor.close();
  supervisor.close();
  assert.equal(closed(), openedAt.length);
  assert.deepEqual(supervisor.next(), { kind: 'end' });
  assert.equal(closed(), openedAt.length);
});

test('does not mind a camera that cannot be closed', () => {
  const clock = handClock();
  const care = createCameraSupervisor({
    source: usb,
    clock,
    onStatus: () => {},
    open: () =>
      scriptedCamera([lost], clock, () => {
        throw new Error('native trouble');
      }),
  });
  care.next();
  assert.deepEqual(care.next(), { kind: 'wait', wait: millis(100) });
});

test('leaks no second, aligned picture, whether the frame is passed on or shows nothing new', () => {
  const clock = handClock();
  const released = { own: 0, aligned: 0 };
  const counted = (which: keyof typeof released) =>
    plainPicture(200, 64, 48, () => {
      released[which] += 1;
    });
  const care = createCameraSupervisor({
    source: usb,
    clock,
    onStatus: () => {},
    open: () => ({
      grab: () => ({
        kind: 'frame',
        picture: counted('own'),
        aligned: { kind: 'depth', picture: counted('aligned') },
        at: clock.monotonic(),
        skipped: 0,
      }),
      close: () => {},
    }),
  });
  const kinds: string[] = [];
  for (let look = 0; look < 4; look += 1) {
    const step = care.next();
    kinds.push(step.kind);
    if (step.kind === 'frame') step.picture.release();
    clock.move(40);
  }
  assert.deepEqual([kinds[0], kinds.includes('frame')], ['wait', true]);
  assert.deepEqual(released, { own: 3, aligned: 3 });
});
