/** Checks that the cameras of lanes and of documents give pictures as configured, and measures the frame rate. */
import { pause } from '../../base/delay.js';
import { type Millis, millis } from '../../base/units.js';
import { selfTestRules } from '../../biometrics/encoder-self-test.js';
import { openPacks } from '../../biometrics/packs/pack-store.js';
import type { DocumentCapture, FrameReport, VisionReport } from '../../vision/ports/vision.js';
import { superviseVision } from '../../vision/process/supervise-vision.js';
import { askStream } from '../cameras/ask-stream.js';
import type { StreamAnswer } from '../cameras/stream-answer.js';
import type { Config } from '../config/config-schema.js';
import { expectOtherCamera, startLaneDocumentCamera } from '../daemon/document/lane-camera.js';
import { sandboxPolicyOf } from '../setup/sandbox-policy.js';
import { visionSettingsOf, visionStart } from '../setup/vision-process.js';
import { type Check, type Finding, failed, good, type Patient, warning, wrong } from './finding.js';
import { judgeLight } from './light-findings.js';

type Lane = Config['lanes'][number];

/** Networks load within a few seconds; a camera may take a whole attempt that is twice as long as the one before. */
const PATIENCE: Millis = millis(60_000);
/** Long enough to measure a frame rate. */
const WATCHED: Millis = millis(4000);
/** Three frames in the time that a person takes for one step. */
const SLOWEST_FPS = 8;

/** Starts one vision process for each lane, one after the other. */
export const checkVision: Check = {
  about: 'camera',
  async look(patient) {
    const findings: Finding[] = [];
    for (const lane of patient.config.lanes) findings.push(...judge(lane, await watchLane(patient, lane)));
    return findings;
  },
};

export interface Watched {
  readonly reports: readonly VisionReport[];
  readonly lastWords: readonly string[];
  /** Diagnosis of a network camera that gave no pictures. */
  readonly answer?: StreamAnswer | undefined;
}

/** Runs the lane's own vision process for a few seconds. @param ended aborts it earlier. */
export async function watchLane(
  { config, env, clock, packFolder }: Patient,
  lane: Lane,
  ended?: AbortSignal,
): Promise<Watched> {
  const { card } = await openPacks(packFolder).open(config.models.pack);
  const reports: VisionReport[] = [];
  const lastWords: string[] = [];
  const stop = new AbortController();
  const end = (): void => stop.abort();
  ended?.addEventListener('abort', end, { once: true });
  const vision = superviseVision({
    ...visionStart({
      dimension: card.encoder.dimension,
      onLine: (line) => lastWords.push(line),
      reach: sandboxPolicyOf(config, packFolder, lane.camera, env.CREDENTIALS_DIRECTORY),
    }),
    setup: {
      ...visionSettingsOf(lane, { ...config.models, packFolder }),
      source: lane.camera,
    },
    clock,
    selfTest: selfTestRules(card.encoder.metric, card.calibration),
  });
  const limit = setTimeout(() => stop.abort(), PATIENCE);
  const explanation = createExplanation(lane.camera, () => stop.abort());
  await vision.watch((report) => {
    reports.push(report);
    explanation.see(report);
    if (report.kind === 'frame' && reports.filter(({ kind }) => kind === 'frame').length === 1)
      void pause(WATCHED, stop.signal).then(() => stop.abort());
  }, stop.signal);
  clearTimeout(limit);
  ended?.removeEventListener('abort', end);
  const isSilent = !reports.some(({ kind }) => kind === 'frame');
  return { reports, lastWords, answer: isSilent ? await explanation.answer() : undefined };
}

/**
 * Asks a network camera why, at its first failure. @param enough called when no longer wait would change anything: the camera named
 * what is wrong, or another kind of source was refused at once.
 */
function createExplanation(camera: Lane['camera'], enough: () => void) {
  let asked: Promise<StreamAnswer | undefined> | undefined;
  return {
    answer: async () => asked,
    see(report: VisionReport): void {
      if (report.kind !== 'camera' || report.status === 'opening' || report.status === 'live') return;
      if (camera.kind !== 'stream') {
        if (report.status === 'unplugged') enough();
        return;
      }
      asked ??= askStream(camera.url);
      void asked.then((answer) => {
        if (answer !== undefined) enough();
      });
    },
  };
}

/** Pure. */
export function judge(
  { id, camera }: Pick<Lane, 'id' | 'camera'>,
  { reports, lastWords, answer }: Watched,
): readonly Finding[] {
  const about = `camera ${id}`;
  const ready = reports.find((one) => one.kind === 'ready');
  const restart = reports.find((one) => one.kind === 'restarting');
  if (ready === undefined)
    return [
      wrong(
        `vision ${id}`,
        `Its process does not get ready: ${restart?.cause ?? lastWords.at(-1) ?? 'it says nothing'}.`,
        'Check the model pack and the provider: twinstile models list.',
      ),
    ];
  const frames = reports.filter((one): one is FrameReport => one.kind === 'frame');
  return [
    ...judgeEncoder(id, ready.provider, reports),
    ...judgeFrames(about, camera, reports, answer),
    ...judgeLight(id, frames),
  ];
}

function judgeEncoder(id: string, provider: string, reports: readonly VisionReport[]): readonly Finding[] {
  const about = `encoder ${id}`;
  const last = reports.findLast((one) => one.kind === 'canary');
  if (last?.verdict === 'true')
    return [good(about, `It runs on ${provider} and gives the same vectors again (drift ${last.drift}).`)];
  return [
    wrong(
      about,
      `It runs on ${provider} and does not give the same vectors again${last?.drift === undefined ? '' : ` (drift ${last.drift})`}.`,
      'Set models.provider to cpu; if that helps, the accelerator or its driver is broken.',
    ),
  ];
}

/** The advice for each kind of camera. */
const NO_PICTURES: Readonly<Record<Lane['camera']['kind'], string>> = {
  usb: 'Check its cable and the rights (group video). Two programs cannot use one USB camera: stop the service first.',
  csi: 'Check its ribbon cable and the rights (group video). Two programs cannot use one camera: stop the service first.',
  stream: 'Open the address in a player (ffplay) from this machine; check network, path and login.',
  file: 'Check that the film is there, can be read by the service’s user, and plays (ffplay).',
  folder: 'Check that the folder is there, can be read by the service’s user, and holds pictures.',
};

function judgeFrames(
  about: string,
  camera: Lane['camera'],
  reports: readonly VisionReport[],
  answer: StreamAnswer | undefined,
): readonly Finding[] {
  const frames = reports.filter((one): one is FrameReport => one.kind === 'frame');
  const [first] = frames;
  const last = frames.at(-1);
  if (first === undefined || last === undefined || frames.length < 2) {
    const status = reports.findLast((one) => one.kind === 'camera');
    const why =
      status === undefined
        ? ''
        : ` (${status.status}${status.detail === undefined ? '' : `: ${status.detail}`})`;
    return [
      wrong(
        about,
        `No pictures came${why}.${answer === undefined ? '' : ` ${answer.detail}`}`,
        answer?.todo ?? NO_PICTURES[camera.kind],
      ),
    ];
  }
  const fps = ((frames.length - 1) * 1000) / (last.at - first.at);
  const asked =
    'width' in camera && camera.width !== undefined && camera.height !== undefined
      ? { width: camera.width, height: camera.height }
      : undefined;
  const size = `${last.width}x${last.height}`;
  const detail = `${size}, ${fps.toFixed(1)} frames a second; ${costOf(frames)}.`;
  if (asked !== undefined && (asked.width !== last.width || asked.height !== last.height))
    return [
      warning(
        about,
        `${detail} It was asked for ${asked.width}x${asked.height}.`,
        'Configure a size the camera has: twinstile cameras list.',
      ),
    ];
  if (!(fps >= SLOWEST_FPS))
    return [warning(about, detail, 'Give it more light, a smaller picture or a smaller detector.width.')];
  return [good(about, detail)];
}

function costOf(frames: readonly FrameReport[]): string {
  const middle = (numbers: readonly number[]): string => {
    const sorted = numbers.toSorted((a, b) => a - b);
    return (sorted[Math.floor(sorted.length / 2)] ?? 0).toFixed(1);
  };
  const encodings = frames.filter(({ timings }) => timings.encode > 1).map(({ timings }) => timings.encode);
  const encode = encodings.length === 0 ? 'no face to encode' : `encoding takes ${middle(encodings)} ms`;
  return `finding faces takes ${middle(frames.map(({ timings }) => timings.detect))} ms, ${encode}`;
}

/** Checks that the camera for documents sees a document, and in sufficient size. */
export const checkDocumentCamera: Check = {
  about: 'pass camera',
  async look({ config, env, packFolder }) {
    const findings: Finding[] = [];
    for (const lane of config.lanes) {
      if (lane.document_camera === undefined) continue;
      try {
        expectOtherCamera(lane, config.lanes);
        const { card } = await openPacks(packFolder).open(config.models.pack);
        const camera = await startLaneDocumentCamera(lane.document_camera, {
          config,
          packFolder,
          dimension: card.encoder.dimension,
          credentials: env.CREDENTIALS_DIRECTORY,
          onLine: () => {},
        });
        const capture = await camera.capture('face').finally(() => camera.close());
        const { camera: source } = lane.document_camera;
        const isAsked = capture.kind === 'no-picture' && source.kind === 'stream';
        findings.push(judgeDocumentLook(lane, capture, isAsked ? await askStream(source.url) : undefined));
      } catch (error) {
        // The cameras of other lanes are still checked.
        findings.push(failed(aboutOf(lane), error));
      }
    }
    return findings;
  },
};

const aboutOf = ({ id }: Pick<Lane, 'id'>): string => `pass camera ${id}`;

/** Pure. */
export function judgeDocumentLook(
  lane: Pick<Lane, 'id' | 'document_camera'>,
  capture: DocumentCapture,
  answer?: StreamAnswer,
): Finding {
  const about = aboutOf(lane);
  if (capture.kind === 'no-picture')
    return wrong(
      about,
      `It gives no picture: ${capture.detail}${answer === undefined ? '' : ` ${answer.detail}`}`,
      `${answer?.todo ?? NO_PICTURES[lane.document_camera?.camera.kind ?? 'usb']} Until then visitors are sent to the desk; everybody else passes as ever.`,
    );
  const [face, ...more] = capture.faces;
  if (face === undefined)
    return good(about, 'It gives pictures; no pass lies there now. Lay one down and look again.');
  if (more.length > 0)
    return warning(
      about,
      `It sees ${capture.faces.length} faces where one pass should lie.`,
      'Narrow document_camera.roi to where the pass lies, or set document_camera.max_inter_ocular_px below a living face.',
    );
  const size = `a face with ${face.interOcular.toFixed(0)} px between its eyes`;
  if (face.problems.length === 0) return good(about, `It sees ${size}, good enough to be compared.`);
  return warning(
    about,
    `It sees ${size}, not good enough: ${face.problems.join(', ')}.`,
    'Move the camera closer, focus it on the pass, and keep lamps out of its reflection.',
  );
}
