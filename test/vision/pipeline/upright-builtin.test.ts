import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import { cv } from '../../../src/vision/opencv/cv.js';
import { packFolderFor } from '../../fixtures/pack-folder.js';
import { photos, takenInTurns, takesUprightPhotographsAlone } from './upright-photographs.js';

test(
  'no photograph that lies on its side or head is taken as it is, and upright ones are: builtin',
  {
    skip: existsSync(photos) ? false : 'needs shared data',
    timeout: 300_000,
  },
  (t) => takesUprightPhotographsAlone(t, 'builtin'),
);

test('a tilted head at the edge of the picture is proved upright, and not one that is turned', async (t) => {
  const folder = await packFolderFor(t, 'builtin');
  if (folder === undefined || !existsSync(path.join(folder, 'builtin'))) return t.skip('needs pack builtin');
  const samples = path.dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json'));
  const whole = cv.imread(path.join(samples, 'demo/sample4.jpg'));
  const part = whole.getRegion(new cv.Rect(669, 117, 356, 356)).resize(400, 400);
  assert.deepEqual(await takenInTurns(folder, 'builtin', [part]), [1, 0, 0, 0]);
});
