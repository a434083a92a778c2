/** Loads one model and runs it once, as a vision process would. Exit code 0: it ran; 3: refused in words. */

import { TwinstileError } from '../../../src/base/errors.js';
import { loadNetwork } from '../../../src/vision/onnx/onnx-network.js';

try {
  const network = await loadNetwork(process.argv[2] ?? '', { threads: 1, provider: 'cpu' });
  const [name = ''] = network.inputs;
  await network.run({ [name]: { type: 'float32', data: new Float32Array(12), shape: [1, 3, 2, 2] } });
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message.slice(0, 200) : error}\n`);
  process.exit(error instanceof TwinstileError ? 3 : 4);
}
