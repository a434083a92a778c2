import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { listVideoDevices, readFormats } from '../../../src/service/cameras/video-devices.js';

const FORMATS = `ioctl: VIDIOC_ENUM_FMT
	Type: Video Capture

	[0]: 'MJPG' (Motion-JPEG, compressed)
		Size: Discrete 1280x720
			Interval: Discrete 0.033s (30.000 fps)
			Interval: Discrete 0.067s (15.000 fps)
		Size: Discrete 640x480
			Interval: Discrete 0.033s (30.000 fps)
	[1]: 'YUYV' (YUYV 4:2:2)
		Size: Stepwise 32x32 - 1920x1080 with step 2/2
`;

/** A machine with these devices by name; the program answers with the file of each. */
function machineWith(t: TestContext, devices: Readonly<Record<string, { name: string; formats?: string }>>) {
  const folder = mkdtempSync(path.join(tmpdir(), 'twinstile-video-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const sys = path.join(folder, 'sys');
  for (const [entry, { name, formats }] of Object.entries(devices)) {
    mkdirSync(path.join(sys, entry), { recursive: true });
    writeFileSync(path.join(sys, entry, 'name'), `${name}\n`);
    if (formats !== undefined) writeFileSync(path.join(folder, entry), formats);
  }
  const program = path.join(folder, 'v4l2-ctl');
  writeFileSync(program, `#!/bin/sh\n[ "$3" = --list-formats-ext ] && exec cat "${folder}/\${2#/dev/}"\n`);
  chmodSync(program, 0o755);
  return { sys, program };
}

test('lists video devices in the order of their numbers, with size and rates of each format', async (t) => {
  const place = machineWith(t, {
    video10: { name: 'Grabber', formats: '' },
    video2: { name: 'HD Webcam', formats: FORMATS },
    v4l: { name: 'no video device' },
  });
  const devices = await listVideoDevices(place);
  assert.deepEqual(devices, [
    {
      device: '/dev/video2',
      name: 'HD Webcam',
      formats: [
        { code: 'MJPG', sizes: ['1280x720 at 30, 15', '640x480 at 30'] },
        { code: 'YUYV', sizes: ['32x32'] },
      ],
    },
    { device: '/dev/video10', name: 'Grabber', formats: [] },
  ]);
});

test('lists them without formats where the program is missing or is refused, and none on a machine without', async (t) => {
  const { sys, program } = machineWith(t, { video0: { name: 'HD Webcam' } });
  assert.deepEqual(await listVideoDevices({ sys, program: '/nonexistent/v4l2-ctl' }), [
    { device: '/dev/video0', name: 'HD Webcam', formats: undefined },
  ]);
  assert.equal((await listVideoDevices({ sys, program }))[0]?.formats, undefined);
  assert.deepEqual(await listVideoDevices({ sys: '/nonexistent', program }), []);
});

test('reads nothing into a text that lists no formats', () => {
  assert.deepEqual(readFormats('Size: Discrete 1x1\n(3.0 fps)\nCannot open device'), []);
});
