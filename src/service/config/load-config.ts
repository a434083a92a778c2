import { dirname, resolve } from 'node:path';
import { TwinstileError } from '../../base/errors.js';
import { readPlainText } from '../../platform/plain-file.js';
import type { Config } from './config-schema.js';
import { parseConfig } from './parse-config.js';
import type { FleetConfig } from './sections/fleet-section.js';

/** A thousand lanes take less. In bytes. */
const MAX_CONFIG = 4 * 1024 * 1024;

/**
 * Reads a configuration file; relative paths in it are taken from its own folder.
 * @throws TwinstileError 'config-invalid'.
 */
export async function loadConfig(file: string): Promise<Config> {
  let text: string;
  try {
    text = await readPlainText(file, { maxBytes: MAX_CONFIG });
  } catch (cause) {
    throw new TwinstileError({
      code: 'config-invalid',
      message: `Expected a configuration file, got none that can be read at ${file}.`,
      hint: 'Copy config/example.yaml there, or name another one with --config.',
      cause,
    });
  }
  return anchored(parseConfig(text), dirname(resolve(file)));
}

const mapped = <T, R>(value: T | undefined, map: (value: T) => R): R | undefined =>
  value === undefined ? undefined : map(value);

function anchored(config: Config, folder: string): Config {
  const from = (path: string): string => resolve(folder, path);
  return {
    ...config,
    data_dir: from(config.data_dir),
    backup:
      config.backup.folder === undefined
        ? config.backup
        : { ...config.backup, folder: from(config.backup.folder) },
    models: {
      ...config.models,
      folder: mapped(config.models.folder, from),
      head: mapped(config.models.head, from),
      reranker: mapped(config.models.reranker, from),
      calibration: mapped(config.models.calibration, from),
    },
    gallery: {
      ...filesFrom(config.gallery, from),
      fleet: mapped(config.gallery.fleet, (fleet) => fleetFrom(fleet, from)),
    },
    registrar: mapped(config.registrar, (registrar) => filesFrom(registrar, from)),
    mqtt: filesFrom(config.mqtt, from),
    grants: filesFrom(config.grants, from),
    commands: {
      ...config.commands,
      operators: config.commands.operators.map((operator) => filesFrom(operator, from)),
    },
    adaptation:
      config.adaptation.judge === undefined
        ? config.adaptation
        : { ...config.adaptation, judge: from(config.adaptation.judge) },
    lanes: config.lanes.map((lane) => ({
      ...filesFrom(lane, from),
      camera: cameraFrom(lane.camera, from),
      pass: mapped(lane.document_camera, (pass) => ({ ...pass, camera: cameraFrom(pass.camera, from) })),
    })),
  };
}

const cameraFrom = (
  camera: Config['lanes'][number]['camera'],
  from: (path: string) => string,
): Config['lanes'][number]['camera'] => ('path' in camera ? { ...camera, path: from(camera.path) } : camera);

/** An address stays an address. */
const fleetFrom = (fleet: FleetConfig, from: (path: string) => string): FleetConfig => ({
  ...filesFrom(fleet, from),
  source: /^https?:\/\//.test(fleet.source) ? fleet.source : from(fleet.source),
});

function filesFrom<Group extends object>(group: Group, from: (path: string) => string): Group {
  const entries = Object.entries(group).map(([key, value]) => [
    key,
    key.endsWith('_file') && typeof value === 'string' ? from(value) : value,
  ]);
  return Object.fromEntries(entries) as Group;
}
