import type { Command } from 'commander';

/** Only the verb that is asked for is loaded: a gate has no use for ONNX Runtime. In the order of `--help`. */
export const VERBS: Readonly<Record<string, () => Promise<Command>>> = {
  demo: async () => (await import('./demo.js')).demoCommand(),
  run: async () => (await import('./box/run.js')).runCommand(),
  doctor: async () => (await import('./box/doctor.js')).doctorCommand(),
  order: async () => (await import('./gate/order.js')).orderCommand(),
  gate: async () => (await import('./gate/gate.js')).gateCommand(),
  enroll: async () => (await import('./enrol/enroll.js')).enrollCommand(),
  people: async () => (await import('./people/people.js')).peopleCommand(),
  badge: async () => (await import('./people/badge.js')).badgeCommand(),
  gallery: async () => (await import('./fleet/gallery.js')).galleryCommand(),
  fleet: async () => (await import('./fleet/fleet.js')).fleetCommand(),
  tuf: async () => (await import('./fleet/tuf.js')).tufCommand(),
  sync: async () => (await import('./fleet/sync.js')).syncCommand(),
  journal: async () => (await import('./box/journal.js')).journalCommand(),
  backup: async () => (await import('./box/backup.js')).backupCommand(),
  keys: async () => (await import('./box/keys.js')).keysCommand(),
  config: async () => (await import('./box/config.js')).configCommand(),
  models: async () => (await import('./models/models.js')).modelsCommand(),
  replay: async () => (await import('./replay.js')).replayCommand(),
  evaluate: async () => (await import('./measure/evaluate.js')).evaluateCommand(),
  calibrate: async () => (await import('./measure/calibrate.js')).calibrateCommand(),
  adapt: async () => (await import('./learn/adapt.js')).adaptCommand(),
  learn: async () => (await import('./learn/learn.js')).learnCommand(),
  'learn-reranker': async () => (await import('./learn/learn-reranker.js')).learnRerankerCommand(),
};
