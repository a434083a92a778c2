import { fileURLToPath } from 'node:url';

/** Starts the fake vision process that behaves as its name in FAKE says. */
export const fakeStart = (kind = 'good') => ({
  command: [
    process.execPath,
    '--import',
    'tsx',
    fileURLToPath(new URL('../../fixtures/fake-vision.ts', import.meta.url)),
  ] as [string, ...string[]],
  env: { PATH: process.env.PATH, FAKE: kind },
  dimension: 4,
  onLine: () => {},
});

export const encoderSettings = {
  packFolder: '/nowhere',
  pack: 'builtin',
  provider: 'cpu',
  threads: 1,
  detector: { width: 640, minScore: 0.6 },
  minInterOcular: 24,
};
