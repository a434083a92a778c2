/** `npm run bench [-- --json] [--pack NAME] [--seconds N]`: every figure of this machine in one run. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { packsFolder } from '../src/biometrics/packs/pack-catalog.js';
import { draw, oneFace } from './film.js';
import { frameToGrant } from './frame-to-grant.js';
import { pipelineStages } from './pipeline-stages.js';
import { rawModels } from './raw-models.js';
import { searchTime } from './search.js';
import { told } from './told.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    pack: { type: 'string' },
    seconds: { type: 'string', default: '120' },
    enrolled: { type: 'string', default: '10000' },
  },
});
const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-bench-'));
const progress = (what: string): void => void (values.json ? undefined : process.stderr.write(`… ${what}\n`));
try {
  const packFolder = packsFolder({ env: process.env });
  // The recommended pack where it is installed.
  const pack = values.pack ?? (existsSync(path.join(packFolder, 'mobile')) ? 'mobile' : 'builtin');
  const film = path.join(folder, 'one-face.avi');
  progress('drawing the film');
  await draw([oneFace(film, 320, 30)]);
  progress('networks alone');
  const raw = await rawModels(packFolder, pack);
  progress('pipeline');
  const pipeline = await pipelineStages(packFolder, pack, film, raw);
  progress('search');
  const search = { people10k: await searchTime(10_000), people100k: await searchTime(100_000) };
  progress(`frame to grant, ${values.seconds} s`);
  const grant = await frameToGrant({
    packFolder,
    pack,
    enrolled: Number(values.enrolled),
    seconds: Number(values.seconds),
  });
  const { pipelineRatio } = pipeline;
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version };
  const result = { machine, pack, pipelineRatio, raw, pipeline, search, grant };
  process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : told(result));
} finally {
  await rm(folder, { recursive: true, force: true });
}
