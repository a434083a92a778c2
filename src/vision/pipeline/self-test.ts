/** Runs the encoder's self-test between two frames: encodes drawn faces, so that core detects a drift of its vectors. */
import { type Millis, type Monotonic, millis, monotonic } from '../../base/units.js';
import type { SelfTestVectors } from '../../biometrics/encoder-self-test.js';
import { encodeChips } from './encode-faces.js';
import type { Models } from './load-models.js';
import { drawSelfTestFaces } from './self-test-face.js';

export interface EncoderSelfTest {
  /** To be called between frames. Does nothing most of the time; else takes as long as two encodings. */
  runIfDue(now: Monotonic): Promise<void>;
}

interface Settings {
  readonly models: Models;
  readonly onVectors: (vectors: SelfTestVectors) => void;
  /** Absent: a minute. */
  readonly every?: Millis;
}

const EVERY = millis(60_000);
/** The second time comes at once: it confirms the first. */
const AT_ONCE = 2;

/** `runIfDue` @throws TwinstileError 'model-failed'. */
export function createEncoderSelfTest({ models, onVectors, every = EVERY }: Settings): EncoderSelfTest {
  const { width, height } = models.card.encoder;
  const drawn = drawSelfTestFaces(width, height);
  let runs = 0;
  let next = monotonic(Number.NEGATIVE_INFINITY);
  return {
    async runIfDue(now) {
      while (runs < AT_ONCE || now >= next) {
        const [face, other] = await encodeChips([drawn.face, drawn.other], models);
        runs += 1;
        next = monotonic(now + every);
        if (face !== undefined && other !== undefined) onVectors({ face, other });
      }
    },
  };
}
