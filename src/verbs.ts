import { Command } from 'commander';
import { withManners } from './cli/manners.js';

export const SUMMARY =
  'A turnstile that knows faces: camera, Siamese encoder, gallery and signed gate grants over MQTT.';

const LOADERS: Readonly<Record<string, () => Promise<Command>>> = {
  demo: async () => (await import('./cli/box/demo-verb.js')).demoCommand(),
  setup: async () => (await import('./cli/box/setup-verb.js')).setupCommand(),
  run: async () => (await import('./cli/box/run-verb.js')).runCommand(),
  doctor: async () => (await import('./cli/box/doctor-verb.js')).doctorCommand(),
  watch: async () => (await import('./cli/gate/watch-verb.js')).watchCommand(),
  cameras: async () => (await import('./cli/box/cameras-verb.js')).camerasCommand(),
  command: async () => (await import('./cli/gate/command-verb.js')).commandCommand(),
  gate: async () => (await import('./cli/gate/gate-verb.js')).gateCommand(),
  enroll: async () => (await import('./cli/people/enroll-verb.js')).enrollCommand(),
  people: async () => (await import('./cli/people/people-verb.js')).peopleCommand(),
  badge: async () => (await import('./cli/people/badge-verb.js')).badgeCommand(),
  gallery: async () => (await import('./cli/fleet/gallery-verb.js')).galleryCommand(),
  fleet: async () => (await import('./cli/fleet/fleet-verb.js')).fleetCommand(),
  tuf: async () => (await import('./cli/fleet/tuf-verb.js')).tufCommand(),
  sync: async () => (await import('./cli/fleet/sync-verb.js')).syncCommand(),
  journal: async () => (await import('./cli/box/journal-verb.js')).journalCommand(),
  backup: async () => (await import('./cli/box/backup-verb.js')).backupCommand(),
  keys: async () => (await import('./cli/box/keys-verb.js')).keysCommand(),
  config: async () => (await import('./cli/box/config-verb.js')).configCommand(),
  models: async () => (await import('./cli/models/models-verb.js')).modelsCommand(),
  replay: async () => (await import('./cli/measure/replay-verb.js')).replayCommand(),
  evaluate: async () => (await import('./cli/measure/evaluate-verb.js')).evaluateCommand(),
  calibrate: async () => (await import('./cli/measure/calibrate-verb.js')).calibrateCommand(),
  adapt: async () => (await import('./cli/train/adapt-verb.js')).adaptCommand(),
  train: async () => (await import('./cli/train/train-verb.js')).trainCommand(),
  completion: async () => (await import('./cli/box/completion-verb.js')).completionCommand(wholeProgram),
};

/** Only the verb that is asked for is loaded: a gate has no use for ONNX Runtime. In the order of `--help`. */
export const VERBS: typeof LOADERS = Object.fromEntries(
  Object.entries(LOADERS).map(([name, load]) => [name, async () => withManners(await load())]),
);

/** The whole program with every verb: what `--help` shows, and what completions and the manual are written from. */
async function wholeProgram(): Promise<Command> {
  const program = new Command('twinstile').description(SUMMARY);
  for (const load of Object.values(VERBS)) program.addCommand(await load());
  return program;
}
