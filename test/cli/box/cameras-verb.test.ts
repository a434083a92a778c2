import assert from 'node:assert/strict';
import { test } from 'node:test';
import { camerasCommand } from '../../../src/cli/box/cameras-verb.js';

const DEVICES = [
  { device: '/dev/video0', name: 'HD Webcam', formats: [{ code: 'MJPG', sizes: ['1280x720 at 30'] }] },
  { device: '/dev/video1', name: 'HD Webcam', formats: [] },
  { device: '/dev/video2', name: 'Grabber' },
];
const CAMERAS = [
  { address: 'http://10.0.0.7/onvif', name: 'Front door' },
  { address: 'http://10.0.0.8/onvif' },
];

async function run(devices: typeof DEVICES | [], network: typeof CAMERAS | [], ...words: string[]) {
  const lines: string[] = [];
  let asked = 0;
  await camerasCommand({
    print: (line) => void lines.push(line),
    devices: async () => devices,
    network: async () => {
      asked += 1;
      return network;
    },
  }).parseAsync(['list', ...words], { from: 'user' });
  return { lines, asked };
}

test('lists devices with their formats, and cameras of the network with where a stream’s address is found', async () => {
  const { lines } = await run(DEVICES, CAMERAS);
  assert.deepEqual(lines.slice(0, 3), [
    '/dev/video0  HD Webcam',
    '  MJPG  1280x720 at 30 fps',
    '/dev/video1  HD Webcam  (gives no pictures)',
  ]);
  assert.match(lines[3] ?? '', /\/dev\/video2 {2}Grabber {2}\(install v4l-utils/);
  assert.deepEqual(lines.slice(4, 6), [
    'http://10.0.0.7/onvif  Front door',
    'http://10.0.0.8/onvif  without a name',
  ]);
  assert.match(lines[6] ?? '', /camera\.url/);
});

test('says so where there is none, and asks no network with --local', async () => {
  const { lines, asked } = await run([], [], '--local');
  assert.deepEqual([lines, asked], [['No video device on this machine (/dev/video*).'], 0]);
  assert.match((await run([], [])).lines.join(), /No ONVIF camera answered/);
});

test('gives the same as JSON', async () => {
  const { lines } = await run(DEVICES, CAMERAS, '--json');
  assert.deepEqual(JSON.parse(lines.join('\n')), { devices: DEVICES, network: CAMERAS });
});
