import { monotonic } from '../../src/base/units.js';
import { describeCamera } from './camera.js';
import { scriptedCamera } from './camera-script.js';

describeCamera('a scripted camera', {
  open: () => {
    let now = 0;
    const clock = {
      monotonic: () => monotonic(++now),
      wall: () => {
        throw new Error('not asked for');
      },
    };
    return scriptedCamera([{ shows: 1 }, { kind: 'wait', wait: 1 }, { shows: 2 }, { shows: 3 }], clock);
  },
  width: 64,
  height: 48,
  pictures: 3,
});
