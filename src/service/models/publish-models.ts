/** Publishes a release from the registrar: a pack, a head, a calibration table and photographs, from files. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { TwinstileError } from '../../base/errors.js';
import type { WallTime } from '../../base/units.js';
import { comparisonOf } from '../../biometrics/head/comparison.js';
import { headFromText, MAX_HEAD_FILE } from '../../biometrics/head/head-file.js';
import {
  type CalibrationTable,
  calibrationTable,
  digestOf,
  filesOf,
  type InstalledPack,
} from '../../biometrics/model-card.js';
import { openPacks } from '../../biometrics/packs/pack-store.js';
import { signersOf } from '../../fleet/publish/key-ceremony.js';
import { LIFETIMES } from '../../fleet/publish/sign-metadata.js';
import { MAX_PHOTO_BYTES, MAX_PHOTOS, type PairPhoto } from '../../fleet/releases/release-examination.js';
import { CARD, type Release, releasedName } from '../../fleet/releases/rollout-plan.js';
import { encryptTo } from '../../fleet/repository/age.js';
import { repositoryFolder } from '../../fleet/repository/repository-folder.js';
import { releasesFile, siteFiles } from '../../fleet/repository/site-files.js';
import {
  changeRollout,
  findRelease,
  type PlanDependencies,
  type RolloutChange,
} from '../../fleet/rollout/change-rollout.js';
import { type NamedBytes, publishRelease, type ReleaseSummary } from '../../fleet/rollout/publish-release.js';
import { MAX_PHOTO_FILE, readPlainFile, readPlainText } from '../../platform/plain-file.js';
import { photosByPerson } from '../../records/enrollment/photo-folder.js';
import {
  type Begin,
  changeFleet,
  type FleetChange,
  openFleetOffice,
  pruneRepository,
} from '../setup/fleet-office.js';

/** Where and by whom a release is signed. */
interface ReleasePlace {
  readonly fleet: string;
  readonly site: string;
  readonly out: string;
  readonly now: WallTime;
  /** Actor of the act, and the journal in which it is recorded. */
  readonly change: FleetChange;
}

/** Files that a release is made of. */
interface ReleaseFiles {
  /** Name of an installed pack, or a folder with a card.json. */
  readonly pack: string;
  /** Folder of the installed packs. */
  readonly packFolder: string;
  readonly headFile?: string;
  /** Output of `calibrate --json`, or the table alone: replaces the card's table. */
  readonly calibrationFile?: string;
  /** Folder with one subfolder of photographs for each person. */
  readonly checkFolder: string;
}

export interface ModelsToPublish {
  readonly place: ReleasePlace;
  readonly files: ReleaseFiles;
  readonly percent: number;
  readonly devices: readonly string[];
  readonly again?: boolean;
}

/** Declares what is needed to sign for a site. @throws TwinstileError 'key-unusable' | 'bad-arguments'. */
async function planDependencies({
  fleet,
  site,
  out,
  now,
}: Omit<ReleasePlace, 'change'>): Promise<PlanDependencies> {
  const office = openFleetOffice(fleet);
  const signers = await office.signers();
  return {
    folder: office.metadata,
    site,
    out: repositoryFolder(out),
    state: releasesFile(fleet, site),
    siteSigners: await signersOf(office.metadata, signers, { site }),
    snapshot: await signersOf(office.metadata, signers, 'snapshot'),
    timestamp: await signersOf(office.metadata, signers, 'timestamp'),
    now,
    lifetimes: LIFETIMES,
  };
}

/**
 * Locks the fleet's folder meanwhile.
 * @throws TwinstileError of what is missing or does not fit: pack, head, calibration, photographs, keys.
 */
export function publishModels(options: ModelsToPublish): Promise<ReleaseSummary> {
  return changeFleet(options.place.change, (begin) => publishAlone(options, begin));
}

/** Sets the extent of a rollout. @throws TwinstileError of `changeRollout`. */
export function rollOut(
  place: ReleasePlace,
  change: RolloutChange,
  number?: number,
): Promise<{ readonly release: Release; readonly changed: boolean }> {
  return changeFleet(place.change, async (begin) => {
    const dependencies = await planDependencies(place);
    const { change: word, ...asked } = change;
    const act = await begin({ act: ROLLOUT_ACTS[word], site: place.site, release: number, ...asked });
    const done = await changeRollout(dependencies, change, number);
    const { pack, percent, devices, number: release } = done.release;
    if (done.changed) await act.done({ release, pack, percent, devices });
    else await act.nothingChanged();
    return done;
  });
}

interface ReleaseReach {
  /** The release as it is. */
  readonly release: Release;
  /** Names of the boxes that read what is published for the site. */
  readonly boxes: readonly string[];
}

/**
 * Finds a release and the boxes that it may be at; changes nothing.
 * @param number the newest one when absent. @throws TwinstileError 'bad-arguments' when there is no such release.
 */
export async function releaseReach(
  { fleet, site }: Pick<ReleasePlace, 'fleet' | 'site'>,
  number?: number,
): Promise<ReleaseReach> {
  const release = await findRelease({ state: releasesFile(fleet, site), site }, number);
  return { release, boxes: Object.keys(await siteFiles(fleet, site).devices()).sort() };
}

const ROLLOUT_ACTS = {
  advance: 'rollout-advanced',
  halt: 'rollout-halted',
  'roll-back': 'rollout-rolled-back',
} as const;

async function publishAlone(
  { place, files: { headFile, calibrationFile, ...from }, percent, devices, again }: ModelsToPublish,
  begin: Begin,
): Promise<ReleaseSummary> {
  const dependencies = await planDependencies(place);
  const installed = await openPackOf(from);
  const table = calibrationFile === undefined ? undefined : await readTable(calibrationFile);
  const calibrated = { ...installed.card, calibration: table ?? installed.card.calibration };
  const card = { ...calibrated, name: releasedName(calibrated) };
  const head =
    headFile === undefined ? undefined : await readPlainFile(headFile, { maxBytes: MAX_HEAD_FILE });
  const comparison = comparisonOf(
    card,
    head === undefined ? undefined : headFromText(head.toString('utf8'), digestOf(card)),
  );
  if (comparison.calibration === undefined)
    throw new TwinstileError({
      code: 'pack-uncalibrated',
      message: `Expected a calibration table for ${from.pack}, got none: nobody would be let in.`,
      hint: 'Measure one with: twinstile calibrate; or name one with --calibration FILE.',
    });
  const files: NamedBytes[] = [{ name: CARD, bytes: Buffer.from(`${JSON.stringify(card, null, 2)}\n`) }];
  for (const { file, bytes: size } of filesOf(card))
    files.push({ name: file, bytes: await readPlainFile(installed.pathOf(file), { maxBytes: size }) });
  const { recipient } = await siteFiles(place.fleet, place.site).identity();
  const order = {
    pack: card.name,
    files,
    head: head === undefined ? undefined : { name: 'head.json', bytes: head },
    photos: await photosOf(from.checkFolder),
    percent,
    devices,
    again,
  };
  const act = await begin({ act: 'models-published', site: place.site, pack: card.name, percent, devices });
  const sum = await publishRelease({ ...dependencies, recipient, encrypt: encryptTo }, order);
  if (sum.changed) await act.done({ release: sum.number });
  else await act.nothingChanged();
  if (sum.changed) await pruneRepository(place);
  return sum;
}

async function openPackOf({
  pack,
  packFolder,
}: Pick<ReleaseFiles, 'pack' | 'packFolder'>): Promise<InstalledPack> {
  const isFolder =
    pack.includes(path.sep) && (await stat(pack).catch(() => undefined))?.isDirectory() === true;
  if (!isFolder) return openPacks(packFolder).open(pack);
  const place = path.resolve(pack);
  return openPacks(path.dirname(place)).open(path.basename(place));
}

/** Size limit in bytes; the output of `calibrate --json` is some KB. */
const MAX_TABLE = 16 * 1024 * 1024;

async function readTable(file: string): Promise<CalibrationTable> {
  try {
    const json: unknown = JSON.parse(await readPlainText(file, { maxBytes: MAX_TABLE }));
    // The output of `calibrate --json` has more than the table.
    const { table = json } = json as { readonly table?: unknown };
    return calibrationTable.parse(table);
  } catch (cause) {
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected a calibration table (JSON) in ${file}, got something else.`,
      hint: 'Make one with: twinstile calibrate … --json > FILE',
      cause,
    });
  }
}

/** Names of people are not published: a photograph is sent under a number. */
async function photosOf(folder: string): Promise<readonly PairPhoto[]> {
  const filed = await photosByPerson(folder);
  const people = [...new Set(filed.map(({ person }) => person))];
  const photos: PairPhoto[] = [];
  let bytes = 0;
  for (const { person, path: file } of filed) {
    const photo = await readPlainFile(file, { maxBytes: MAX_PHOTO_FILE });
    bytes += photo.length;
    photos.push({ person: people.indexOf(person), photo });
    if (photos.length > MAX_PHOTOS || bytes > MAX_PHOTO_BYTES)
      throw new TwinstileError({
        code: 'bad-arguments',
        message: `Expected up to ${MAX_PHOTOS} photographs of up to ${MAX_PHOTO_BYTES} bytes together in ${folder}, got more.`,
        hint: 'Every device looks at all of them: leave some out, or make them smaller.',
      });
  }
  return photos;
}
