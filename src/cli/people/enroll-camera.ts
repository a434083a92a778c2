/**
 * Enrolls one person before a camera: a lane's own through the running service, or a webcam-like one that this command opens.
 * What to do is shown while looks are taken.
 */

import { TwinstileError } from '../../base/errors.js';
import { exitCodeOf } from '../../base/exit-code.js';
import { personId } from '../../base/ids.js';
import { plural } from '../../base/plural.js';
import { WEBCAM } from '../../biometrics/conditions/capture-condition.js';
import { digestOf } from '../../biometrics/model-card.js';
import { openPacks } from '../../biometrics/packs/pack-store.js';
import { takesEscapes } from '../../platform/output-guard.js';
import { systemClock } from '../../platform/system-clock.js';
import { enrollLooks } from '../../records/enrollment/enroll-looks.js';
import { enrollmentRulesOf } from '../../records/enrollment/enrollment-session.js';
import { LOOKS, type Look, RECORDED_LOOKS } from '../../records/enrollment/guided-looks.js';
import {
  type CaptureProgress,
  captureLooks,
  GUIDANCE_SENTENCES,
} from '../../records/enrollment/look-capture.js';
import { administrator } from '../../records/journal/administrator.js';
import type { GalleryStore } from '../../records/people/gallery-store.js';
import { GrowingGallery } from '../../records/people/growing-gallery.js';
import type { Config } from '../../service/config/config-schema.js';
import { loadConfig } from '../../service/config/load-config.js';
import { siteZone } from '../../service/config/sections/access-section.js';
import { connectCore, socketPath } from '../../service/core-socket/ask-core.js';
import { modelsOfBox } from '../../service/models/models-in-use.js';
import { openComparison } from '../../service/setup/open-comparison.js';
import { withGallery } from '../../service/setup/open-gallery.js';
import { alsoShowing, sandboxPolicyOf } from '../../service/setup/sandbox-policy.js';
import { readCamera, recordingVisionSettings, visionStart } from '../../service/setup/vision-process.js';
import { superviseVision } from '../../vision/process/supervise-vision.js';
import type { ConfigOption, OfficeDependencies } from '../office-dependencies.js';
import { auditedAtCamera } from './audit-enrolled.js';
import { consentFrom, recordFrom, type SourceOptions } from './enroll-sources.js';

export interface CameraOptions {
  readonly lane?: string;
  readonly camera?: string;
}

type Options = ConfigOption & SourceOptions & CameraOptions & { readonly lookalikes: boolean };
type Dependencies = OfficeDependencies & {
  readonly untilSignal: (work: (signal: AbortSignal) => Promise<void>) => Promise<void>;
};

export const isBeforeCamera = ({ lane, camera }: CameraOptions): boolean =>
  lane !== undefined || camera !== undefined;

/** What became of the looks. */
interface Outcome {
  readonly accepted: number;
  readonly refusals: readonly { readonly sentence: string }[];
  readonly hasConsent: boolean;
}

/** @throws TwinstileError 'bad-arguments', those of the service, the pack and the store. */
export async function enrollBeforeCamera(
  dependencies: Dependencies,
  photos: readonly string[],
  options: Options,
): Promise<void> {
  const { lane, camera, person, csv } = options;
  if (
    photos.length > 0 ||
    csv !== undefined ||
    person === undefined ||
    (lane === undefined) === (camera === undefined)
  )
    throw new TwinstileError({
      code: 'bad-arguments',
      message:
        'Expected --person ID with either --lane LANE or --camera CAMERA and no photographs, got something else.',
      hint: 'For example: twinstile enroll --lane north --person ada --consent-text 2026-1',
    });
  const config = await loadConfig(options.config);
  const screen = guidanceOn(process.stderr);
  await dependencies.untilSignal(async (signal) => {
    const work = { config, options, person, onProgress: screen.show, signal };
    try {
      const done =
        lane === undefined
          ? await byCamera(dependencies, work, camera ?? '')
          : await byLane(work, lane, dependencies);
      screen.end();
      report(dependencies, person, done);
      if (done.refusals.length > 0) return;
      const audited = await auditedAtCamera({ config, lane }, dependencies.env, personId(person));
      for (const line of audited) dependencies.print(line);
    } finally {
      screen.end();
    }
  });
}

interface Work {
  readonly config: Config;
  readonly options: Options;
  readonly person: string;
  readonly onProgress: (progress: CaptureProgress) => void;
  readonly signal: AbortSignal;
}

/** The service takes the looks with the camera that it has open, and stores them. */
async function byLane(
  { config, options, person, onProgress, signal }: Work,
  lane: string,
  { clock, env }: Dependencies,
): Promise<Outcome> {
  const { name = person, badge = [], consentText, lookalikes } = options;
  if (!config.lanes.some(({ id }) => id === lane)) throw noLane(lane, config);
  // Mistyped days and badges are refused here, where the message names the option.
  const record = recordFrom(
    { ...options, person, name },
    consentFrom(consentText, clock.wall()),
    siteZone(config),
  );
  const client = await connectCore(socketPath(config), administrator(env));
  try {
    return await client.enroll(
      {
        lane,
        person: {
          id: person,
          name: options.name,
          consentText,
          validFrom: record.person.validFrom,
          validUntil: record.person.validUntil,
        },
        badges: [...badge],
        lookalikes,
      },
      onProgress,
      signal,
    );
  } finally {
    client.close();
  }
}

/** This command opens the camera, encodes in a process of its own and stores. */
const byCamera = (dependencies: Dependencies, work: Work, camera: string): Promise<Outcome> =>
  withGallery(
    work.config,
    dependencies.env.CREDENTIALS_DIRECTORY,
    ({ gallery }) => enrollWith(gallery, work, camera, dependencies),
    'create',
  );

async function enrollWith(
  store: GalleryStore,
  work: Work,
  camera: string,
  { clock, env }: Dependencies,
): Promise<Outcome> {
  const { options, person } = work;
  const { config, models } = await modelsOfBox(work.config, env);
  const stored = (await store.find(personId(person)))?.person.name;
  const name = options.name ?? stored ?? person;
  const consent = consentFrom(options.consentText, clock.wall());
  const record = recordFrom({ ...options, person, name }, consent, siteZone(config));
  const { card } = await openPacks(models.packFolder).open(config.models.pack);
  const { dimension } = card.encoder;
  const vision = {
    config,
    packFolder: models.packFolder,
    dimension,
    hasLiveness: card.liveness !== undefined,
  };
  const looks = await looksBy(camera, vision, work);
  const comparison = await openComparison(card, config.models.head, config.models.calibration);
  const rules = enrollmentRulesOf(comparison, { ...options, clock });
  const digest = digestOf(card);
  const gallery = new GrowingGallery(await store.snapshot(digest, dimension), rules.sides);
  const { accepted, refusals } = await enrollLooks({ ...record, looks, conditionOf: () => WEBCAM }, gallery, {
    store,
    digest,
    dimension,
    rules,
  });
  return { accepted: refusals.length === 0 ? accepted : 0, refusals, hasConsent: consent !== undefined };
}

interface CameraVision {
  readonly config: Config;
  readonly packFolder: string;
  readonly dimension: number;
  readonly hasLiveness: boolean;
}

async function looksBy(
  camera: string,
  { config, packFolder, dimension, hasLiveness }: CameraVision,
  { onProgress, signal }: Work,
): Promise<readonly Look[]> {
  const source = readCamera(camera, { pace: 'fast', loop: false });
  const isRecording = 'path' in source;
  const policy = sandboxPolicyOf(config, packFolder, undefined, process.env.CREDENTIALS_DIRECTORY);
  const vision = superviseVision({
    ...visionStart({
      dimension,
      onLine: () => {},
      reach: isRecording ? alsoShowing(policy, source.path) : policy,
    }),
    setup: { ...recordingVisionSettings(config.models.pack, packFolder), source, liveness: hasLiveness },
    clock: systemClock,
  });
  const over = new AbortController();
  const capture = captureLooks({ rules: isRecording ? RECORDED_LOOKS : LOOKS, onProgress }, signal);
  const watching = vision.watch((report) => capture.see(report), AbortSignal.any([signal, over.signal]));
  try {
    return await capture.looks;
  } finally {
    over.abort();
    await watching;
  }
}

/** One line that renews itself on a terminal, and a line for each change elsewhere. */
function guidanceOn(out: NodeJS.WriteStream) {
  let isShowing = false;
  return {
    show({ guidance, looks, needed }: CaptureProgress): void {
      const line = `${looks} of ${plural(needed, 'look')}. ${GUIDANCE_SENTENCES[guidance] ?? guidance}`;
      isShowing = true;
      out.write(takesEscapes(out) ? `\r${line}\u001b[K` : `${line}\n`);
    },
    end(): void {
      if (isShowing && takesEscapes(out)) out.write('\r\u001b[K');
      isShowing = false;
    },
  };
}

function report(
  { print, setExitCode }: Dependencies,
  person: string,
  { accepted, refusals, hasConsent }: Outcome,
): void {
  for (const sentence of new Set(refusals.map((refusal) => refusal.sentence)))
    print(`Not enrolled: ${sentence}`);
  if (refusals.length > 0) {
    setExitCode(exitCodeOf('refused'));
    return;
  }
  print(`${person} is enrolled with ${plural(accepted, 'look')}.`);
  if (!hasConsent)
    print(
      `Without consent ${person} does not match: twinstile people consent ${person} --text VERSION, if it was not noted before.`,
    );
}

const noLane = (lane: string, { lanes }: Pick<Config, 'lanes'>): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected a lane of this configuration, got '${lane}'.`,
    hint: `Its lanes: ${lanes.map(({ id }) => id).join(', ') || 'none'}.`,
  });
