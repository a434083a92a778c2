/** A model file that was damaged or made to harm. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { TwinstileError } from '../../../src/base/errors.js';
import { faultOfOnnx, guardFile } from '../../../src/biometrics/packs/onnx-guard.js';
import { reluModel } from '../../vision/onnx/sample-model.js';
import { bundled } from '../bundle.js';
import { chance, mutated } from '../chance.js';
import type { Row } from '../row.js';
import { runProgram } from '../run-program.js';

const HANG_MS = 100;
const PROCESS_LIMIT_MS = 20_000;
/** So many walks over the bytes for each one that gets as far as ONNX Runtime. */
const WALKS = 100;

export const modelsMutated: Row = {
  name: 'models-mutated',
  claim:
    'a damaged model is refused by its hash; one whose hash was forged as well costs a vision process at most, and never hangs',
  short: 1500,
  long: 50_000,
  async run({ n, folder, scope }) {
    const luck = chance(11);
    const good = Buffer.from(reluModel());
    const program = await bundled(scope, 'model');
    const card = { bytes: good.length, sha256: createHash('sha256').update(good).digest('hex') };
    const failures: string[] = [];
    let runs = 0;
    const ends = new Map<string, number>();
    const file = path.join(folder, 'model.onnx');
    for (let trial = 0; trial < n; trial += 1) {
      const bytes = mutated(good, luck);
      const start = process.cpuUsage();
      const fault = faultOfOnnx(bytes);
      // Of this process alone: a busy machine must not look like a hang.
      const { user, system } = process.cpuUsage(start);
      const took = (user + system) / 1000;
      if (took > HANG_MS) failures.push(`the walk took ${Math.round(took)} ms`);
      const isDue = trial % WALKS === 0;
      const goesOn = fault === undefined && runs < n / WALKS && !bytes.equals(good);
      if (!isDue && !goesOn) continue;
      await writeFile(file, bytes);
      if (!bytes.equals(good) && !(await isRefused(file, card)))
        failures.push('a changed file passed its hash');
      if (!goesOn) continue;
      runs += 1;
      const { how, stderr } = await runProgram([process.execPath, program, file], PROCESS_LIMIT_MS);
      ends.set(`${how}`, (ends.get(`${how}`) ?? 0) + 1);
      if (how === 'hang') failures.push(`hung: ${stderr}`);
    }
    const told = [...ends].map(([how, count]) => `${count} × ${how}`).join(', ');
    return { n, failures, note: `a process ended with: ${told || 'none passed the walk'}` };
  },
};

async function isRefused(
  file: string,
  card: { readonly bytes: number; readonly sha256: string },
): Promise<boolean> {
  try {
    await guardFile(file, { file: 'model.onnx', licence: 'MIT', source: 'test', ...card });
    return false;
  } catch (error) {
    if (error instanceof TwinstileError && error.code === 'pack-refused') return true;
    throw error;
  }
}
