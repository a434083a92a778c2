import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { TwinstileError } from '../../../src/base/errors.js';
import { millis } from '../../../src/base/units.js';
import { systemClock } from '../../../src/platform/system-clock.js';
import { createCameraSupervisor } from '../../../src/vision/camera/supervise-camera.js';
import { createOpenCamera } from '../../../src/vision/opencv/open-camera.js';
import type { Camera, CameraSource } from '../../../src/vision/ports/camera.js';
import { describeCamera, nextFrame, settled } from '../../contracts/camera.js';
import { handClock } from '../../contracts/camera-script.js';
import { encoded } from './pictures.js';
import { film, levelOf, networkCamera, photographs, rtspCamera, scratchFolder } from './sources.js';

const open = createOpenCamera(systemClock);
const size = { width: 320, height: 240 };
const fast = { pace: 'fast', loop: false } as const;
const inRealTime = { pace: 'real-time', loop: false } as const;
const level = async (camera: Camera) => {
  const { picture } = await nextFrame(camera);
  const shown = levelOf(picture.letterbox(8, 6).pixels);
  picture.release();
  return shown;
};

const needsFfmpeg = spawnSync('ffmpeg', ['-version']).error === undefined ? {} : { skip: 'needs ffmpeg' };

describeCamera('a fast film', {
  ...size,
  pictures: 7,
  open: (context) => open({ kind: 'file', path: film(scratchFolder(context), 7), ...fast }),
});
describeCamera('a film in real time', {
  ...size,
  pictures: 7,
  open: (context) => open({ kind: 'file', path: film(scratchFolder(context), 7), ...inRealTime }),
});
describeCamera('a looping film', {
  ...size,
  open: (context) => open({ kind: 'file', path: film(scratchFolder(context), 2), pace: 'fast', loop: true }),
});
describeCamera('a fast folder', {
  ...size,
  pictures: 12,
  open: (context) =>
    open({ kind: 'folder', path: photographs(scratchFolder(context), 12), fps: 10, ...fast }),
});
describeCamera('a folder in real time', {
  ...size,
  pictures: 5,
  open: (context) =>
    open({ kind: 'folder', path: photographs(scratchFolder(context), 5), fps: 50, ...inRealTime }),
});
describeCamera('a network camera (MJPEG over HTTP)', {
  ...size,
  open: async (context) => {
    const { url } = await networkCamera(context, photographs(scratchFolder(context), 40));
    return open({ kind: 'stream', url });
  },
});

test('stamps a fast film with the time in the clip, on through its rounds', async (context) => {
  const path = film(scratchFolder(context), 3);
  const camera = open({ kind: 'file', path, pace: 'fast', loop: true });
  const stamps: number[] = [];
  const levels: number[] = [];
  for (let count = 0; count < 7; count += 1) {
    const { picture, at } = await nextFrame(camera);
    stamps.push(Math.round(at));
    levels.push(levelOf(picture.letterbox(8, 6).pixels));
  }
  assert.deepEqual(stamps, [0, 40, 80, 120, 160, 200, 240]);
  assert.deepEqual(levels, [0, 1, 2, 0, 1, 2, 0]);
});

test('shows a film in real time as it is due, and passes over what nobody asked for', (context) => {
  const clock = handClock();
  const source = { kind: 'file', path: film(scratchFolder(context), 30), ...inRealTime } as const;
  const camera = createOpenCamera(clock)(source);
  const look = () => {
    const grab = camera.grab();
    if (grab.kind !== 'frame') return grab;
    return { level: levelOf(grab.picture.letterbox(8, 6).pixels), at: grab.at - 1000, skipped: grab.skipped };
  };
  assert.deepEqual(look(), { level: 0, at: 0, skipped: 0 });
  assert.deepEqual(look(), { kind: 'wait', wait: 40 });
  clock.move(39.5);
  assert.deepEqual(look(), { kind: 'wait', wait: 1 });
  clock.move(0.5);
  assert.deepEqual(look(), { level: 1, at: 40, skipped: 0 });
  clock.move(410);
  assert.deepEqual(look(), { level: 11, at: 440, skipped: 9 });
  clock.move(9000);
  assert.deepEqual(look(), { kind: 'end' });
});

test('shows the pictures of a folder in natural order', async (context) => {
  const camera = open({ kind: 'folder', path: photographs(scratchFolder(context), 12), fps: 10, ...fast });
  for (let n = 0; n < 12; n += 1) assert.equal(await level(camera), n);
});

test('passes over the late pictures of a folder in real time', (context) => {
  const clock = handClock();
  const path = photographs(scratchFolder(context), 12);
  const camera = createOpenCamera(clock)({ kind: 'folder', path, fps: 10, ...inRealTime });
  assert.equal(camera.grab().kind, 'frame');
  clock.move(550);
  const grab = camera.grab();
  assert.ok(grab.kind === 'frame');
  assert.deepEqual([levelOf(grab.picture.letterbox(8, 6).pixels), grab.skipped, grab.at], [5, 4, 1500]);
});

test('passes over what cannot be read in a folder, and says so once', async (context) => {
  const path = photographs(scratchFolder(context), 3);
  writeFileSync(join(path, '1.jpg'), 'a text file');
  writeFileSync(join(path, '1a.jpg'), encoded('.jpg', 320, 240).subarray(0, 900));
  writeFileSync(join(path, 'notes.txt'), 'not even named like a picture');
  const camera = open({ kind: 'folder', path, fps: 10, pace: 'fast', loop: true });
  const details: (string | undefined)[] = [];
  for (let count = 0; count < 4; count += 1) details.push((await nextFrame(camera)).detail);
  assert.deepEqual(details.filter((detail) => detail !== undefined).length, 1);
  assert.match(details[1] ?? '', /2 unreadable.*1\.jpg.*1a\.jpg/);
});

test('says at its end what could not be read', async (context) => {
  const path = photographs(scratchFolder(context), 1);
  writeFileSync(join(path, 'z.jpg'), 'a text file');
  const camera = open({ kind: 'folder', path, fps: 10, ...fast });
  await nextFrame(camera);
  const end = await settled(camera);
  assert.ok(end.kind === 'end');
  assert.match(end.detail ?? '', /z\.jpg/);
});

test('gives the newest picture of a network camera after a pause', async (context) => {
  const { url } = await networkCamera(context, photographs(scratchFolder(context), 50));
  const camera = open({ kind: 'stream', url });
  for (let count = 0; count < 25; count += 1) await level(camera);
  await sleep(1000);
  const { picture, skipped } = await nextFrame(camera);
  picture.release();
  camera.close();
  assert.ok(skipped >= 12, `passed over ${skipped} of about 24`);
});

test('notices that a network camera fell silent', async (context) => {
  const { url } = await networkCamera(context, photographs(scratchFolder(context), 3), { pictures: 30 });
  const camera = open({ kind: 'stream', url });
  let grab = await settled(camera);
  for (; grab.kind === 'frame'; grab = await settled(camera)) grab.picture.release();
  assert.equal(grab.kind, 'lost');
});

/** The supervisor’s status of a stream, until it is live. */
async function untilLive(url: string, limit: number) {
  const told: (string | undefined)[] = [];
  const supervisor = createCameraSupervisor({
    open,
    source: { kind: 'stream', url },
    clock: systemClock,
    onStatus: (status, detail) => told.push(status, detail),
  });
  const end = performance.now() + limit;
  while (!told.includes('live') && performance.now() < end) {
    const step = supervisor.next();
    if (step.kind === 'frame') step.picture.release();
    await sleep(step.kind === 'wait' ? step.wait : millis(0));
  }
  supervisor.close();
  return told;
}

test('waits longer for a network camera whose first picture comes late, and says the limit meanwhile', async (context) => {
  const { url } = await networkCamera(context, photographs(scratchFolder(context), 40), { late: 2500 });
  const told = await untilLive(url, 60_000);
  assert.equal(told.at(-2), 'live', told.join(' '));
  assert.match(told.join(' '), /No first picture came from .* within 2 s.*twice as long/);
});

test(
  'reaches the next whole picture of an RTSP camera, however many broken ones come before it',
  needsFfmpeg,
  async (context) => {
    const told = await untilLive(await rtspCamera(context, '60', '250'), 90_000);
    assert.equal(told.at(-2), 'live', told.join(' '));
  },
);

test('is live again after a network camera died and came back', async (context) => {
  const folder = photographs(scratchFolder(context), 40);
  const server = await networkCamera(context, folder);
  const statuses: string[] = [];
  const supervisor = createCameraSupervisor({
    open,
    source: { kind: 'stream', url: server.url },
    clock: systemClock,
    onStatus: (status) => statuses.push(status),
  });
  const until = async (wanted: string) => {
    for (let turn = 0; turn < 1000 && statuses.at(-1) !== wanted; turn += 1) {
      const step = supervisor.next();
      if (step.kind === 'frame') step.picture.release();
      await sleep(step.kind === 'wait' ? step.wait : millis(0));
    }
    assert.equal(statuses.at(-1), wanted);
  };
  await until('live');
  await server.stop();
  await until('unplugged');
  await networkCamera(context, folder, { port: server.port });
  await until('live');
  assert.deepEqual(statuses, ['opening', 'live', 'unplugged', 'live']);
  supervisor.close();
});

test('gives the newest picture of an RTSP camera after a pause', needsFfmpeg, async (context) => {
  const camera = open({ kind: 'stream', url: await rtspCamera(context) });
  for (let count = 0; count < 15; count += 1) (await nextFrame(camera)).picture.release();
  await sleep(1000);
  const { picture, skipped } = await nextFrame(camera);
  assert.deepEqual([picture.width, picture.height], [320, 240]);
  picture.release();
  camera.close();
  assert.ok(skipped >= 12, `passed over ${skipped} of about 24`);
});

test('gives up a film that is gone at the end of its round', async (context) => {
  const path = film(scratchFolder(context), 2);
  const camera = open({ kind: 'file', path, pace: 'fast', loop: true });
  await level(camera);
  await level(camera);
  rmSync(path);
  assert.throws(() => camera.grab(), { code: 'camera-unusable' });
});

for (const [name, prepare, words] of [
  ['a film that is missing', (at) => file(join(at, 'none.mp4')), /got nothing/],
  ['a folder as a film', (at) => file(at), /got a folder.*"folder"/],
  ['a text file as a film', (at) => file(write(at, 'film.mp4', 'text '.repeat(500))), /something else/],
  ['an empty film', (at) => file(write(at, 'film.mp4', '')), /something else/],
  ['a folder that is missing', (at) => folder(join(at, 'none')), /got nothing/],
  ['a film as a folder', (at) => folder(write(at, 'film.mp4', 'x')), /got a file.*"file"/],
  ['a folder without a picture', (at) => folder(at), /got none.*Put JPEG/],
  [
    'a folder of text files named .jpg',
    (at) => folder(join(write(at, 'a.jpg', 'text'), '..')),
    /1 file .*a\.jpg/,
  ],
  [
    'a device that is missing',
    () => ({ kind: 'usb', device: '/dev/video77' }),
    /no such device.*\/dev\/video|none/,
  ],
  ['a device that is no camera', () => ({ kind: 'usb', device: '/dev/null' }), /fuser/],
  ['a pipeline without an end', () => ({ kind: 'csi', sensor: 0, pipeline: 'nosuchelement' }), /gst-launch/],
  [
    'a stream that nobody serves',
    () => ({ kind: 'stream', url: 'rtsp://ada:secret@127.0.0.1:1/one?key=k' }),
    /rtsp:\/\/127\.0\.0\.1:1\/one\./,
  ],
  ['a network camera that nobody serves', () => ({ kind: 'stream', url: 'http://127.0.0.1:1/' }), /ffplay/],
] as const satisfies readonly (readonly [string, (at: string) => CameraSource, RegExp])[])
  test(`refuses ${name}, and says what to do`, (context) => {
    const source = prepare(scratchFolder(context));
    assert.throws(
      () => open(source),
      (error) => {
        assert.ok(error instanceof TwinstileError);
        assert.equal(error.code, 'camera-unusable');
        assert.match(`${error.message} ${error.hint}`, words);
        assert.doesNotMatch(`${error.message} ${error.hint}`, /secret|key=k/);
        return true;
      },
    );
  });

const file = (path: string): CameraSource => ({ kind: 'file', path, ...fast });
const folder = (path: string): CameraSource => ({ kind: 'folder', path, fps: 10, ...fast });
function write(at: string, name: string, content: string): string {
  writeFileSync(join(at, name), content);
  return join(at, name);
}
