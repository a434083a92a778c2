/** A box with a configuration and a gallery key of its own, for tests of the commands of the office. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { Command } from 'commander';
import { monotonic, wallTime } from '../../src/base/units.js';
import type { OfficeDependencies } from '../../src/cli/office-dependencies.js';
import { loadConfig } from '../../src/service/config/load-config.js';
import { type Office, withGallery } from '../../src/service/setup/open-gallery.js';

const CONFIG = `
site: test
data_dir: ./data
gallery: { key_file: ./gallery.key }
mqtt: { url: "mqtt://127.0.0.1:1" }
grants: { key_id: k1, algorithm: ed25519, key_file: ./grant.key }
lanes: [{ id: a, gate: g1, gate_key_file: gate.pub, direction: in, camera: { kind: usb, device: /dev/video0 }, verification: { max_fmr: "1 in 10,000" } }]
`;

export const NOW = wallTime(Date.UTC(2026, 5, 1, 12));

export async function officeFor(t: TestContext) {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-office-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const config = path.join(folder, 'twinstile.yaml');
  await writeFile(config, CONFIG);
  await writeFile(path.join(folder, 'gallery.key'), Buffer.alloc(32, 3), { mode: 0o600 });
  const said = { lines: [] as string[], exitCode: 0 };
  const dependencies: OfficeDependencies = {
    print: (line) => said.lines.push(line),
    write: async (text) => {
      said.lines.push(text.replace(/\n$/, ''));
    },
    env: {},
    clock: { wall: () => NOW, monotonic: () => monotonic(0) },
    setExitCode: (code) => {
      said.exitCode = code;
    },
  };
  const run = async (command: Command, ...args: string[]) => {
    said.lines.length = 0;
    said.exitCode = 0;
    await command.parseAsync(args, { from: 'user' });
    return { text: said.lines.join('\n'), exitCode: said.exitCode };
  };
  /** Works on the database itself, as another process would. */
  const inside = async <T>(work: (office: Office) => Promise<T>): Promise<T> =>
    withGallery(await loadConfig(config), undefined, work, 'create');
  /** What was printed by the last run. */
  const lines = (): readonly string[] => said.lines;
  return { folder, config, world: dependencies, run, inside, lines };
}
