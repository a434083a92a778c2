/** Tries what the wizard was answered: pack, camera, broker, gate, first person. Everything is tried before it is written. */
import { TwinstileError } from '../../base/errors.js';
import { packsFolder, readCatalog } from '../../biometrics/packs/pack-catalog.js';
import { reportPack } from '../../biometrics/packs/pack-store.js';
import { writeFileAtomically } from '../../platform/atomic-file.js';
import { systemClock } from '../../platform/system-clock.js';
import type { FrameReport, VisionReport } from '../../vision/ports/vision.js';
import type { Config } from '../config/config-schema.js';
import { checkBroker } from '../doctor/broker-findings.js';
import { type Finding, good, type Patient, warning, wrong } from '../doctor/finding.js';
import { checkPack } from '../doctor/pack-findings.js';
import { judge, watchLane } from '../doctor/vision-findings.js';
import { type BoxFiles, lacksPassword, missingKeys, trialConfig } from './box-files.js';
import type { DialogPorts, Draft } from './hold-dialog.js';
import { NONE, type SetupAnswers, type StepName } from './setup-questions.js';
import { sendTestPulse } from './test-pulse.js';
import { laneIndexOf } from './write-answers.js';

export interface AttemptPorts {
  readonly env: NodeJS.ProcessEnv;
  readonly say: (line: string) => void;
  readonly ask?: DialogPorts['ask'];
  /** Asks without showing what is typed. */
  readonly askHidden?: DialogPorts['ask'];
  /** Runs another command of this program. @returns its exit code. */
  readonly runVerb: (words: readonly string[], as: 'caller' | 'service') => Promise<number>;
  readonly signal: AbortSignal;
}

interface Trial {
  readonly patient: Patient;
  readonly config: Config;
  readonly lane: number;
  readonly answers: SetupAnswers;
}

/** @returns the attempts of one run of the wizard. */
export function attemptsOf(files: BoxFiles, ports: AttemptPorts): DialogPorts['attempt'] {
  const steps: Readonly<Record<StepName, (trial: Trial) => Promise<readonly Finding[]>>> = {
    place: async () => [],
    pack: (trial) => tryPack(trial, ports),
    camera: (trial) => tryCamera(trial, ports),
    broker: (trial) => tryBroker(trial, files, ports),
    gate: (trial) => tryGate(trial, ports),
    person: (trial) => enrollFirst(trial, files, ports),
  };
  return (step, draft) => unlessStopped(steps[step](trialOf(draft, files, ports)), ports.signal);
}

/** A person who stops does not wait for what is being tried. */
async function unlessStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const stopped = new AbortController();
  try {
    return await Promise.race([work, untilStopped(signal, stopped.signal)]);
  } finally {
    stopped.abort();
    // What still runs fails alone.
    void work.catch(() => {});
  }
}

async function untilStopped(signal: AbortSignal, over: AbortSignal): Promise<never> {
  await new Promise<void>((resolve) => {
    const end = (): void => resolve();
    signal.addEventListener('abort', end, { once: true });
    over.addEventListener('abort', end, { once: true });
    if (signal.aborted) resolve();
  });
  throw new TwinstileError({ code: 'stopped', message: 'Stopped.' });
}

function trialOf({ text, answers }: Draft, files: BoxFiles, { env }: AttemptPorts): Trial {
  const config = trialConfig(text, files);
  const packFolder = packsFolder({ env, config: config.models.folder });
  const lane = laneIndexOf(config, answers.lane);
  return { config, lane, answers, patient: { config, env, clock: systemClock, packFolder } };
}

async function tryPack(
  { patient, config }: Trial,
  { say, runVerb }: AttemptPorts,
): Promise<readonly Finding[]> {
  const catalog = await readCatalog();
  const { pack } = config.models;
  const known = catalog.get(pack);
  const { state } = await reportPack(patient.packFolder, catalog, pack);
  if (state === 'missing' && known !== undefined) {
    say(`  The pack ${pack} is not here yet: twinstile models ${known.obtain} ${pack}`);
    const code = await runVerb(['models', '--folder', patient.packFolder, known.obtain, pack], 'caller');
    if (code !== 0)
      return [
        wrong(
          'model pack',
          `It could not be had (exit code ${code}).`,
          'Take builtin, which needs no network.',
        ),
      ];
  }
  return checkPack.look(patient);
}

async function tryCamera(
  { patient, config, lane: index }: Trial,
  { say, signal }: AttemptPorts,
): Promise<readonly Finding[]> {
  const lane = config.lanes[index];
  if (lane === undefined) return [];
  say('  The camera is opened and watched for some seconds: let a person stand before it.');
  const watched = await watchLane(patient, lane, signal);
  return [...judge(lane, watched), ...judgeEyes(watched.reports, lane.quality.min_inter_ocular_px)];
}

/** Pure. @param least smallest distance between the eyes that is compared, in pixels. */
export function judgeEyes(reports: readonly VisionReport[], least: number): readonly Finding[] {
  const frames = reports.filter((one): one is FrameReport => one.kind === 'frame');
  if (frames.length === 0) return [];
  const about = 'eye distance';
  const widths = frames.flatMap(({ faces }) => faces.map(({ interOcular }) => interOcular));
  const largest = Math.max(...widths);
  if (widths.length === 0)
    return [
      warning(
        about,
        `No face was seen. At the gate the eyes must be ${least} px apart or more.`,
        'Let a person stand where people will pass, and try again.',
      ),
    ];
  const seen = `The eyes are up to ${largest.toFixed(0)} px apart in ${widths.length} looks; ${least} are needed`;
  return largest >= least
    ? [good(about, `${seen}.`)]
    : [warning(about, `${seen}.`, 'Bring the camera closer, or give it a longer lens or more pixels.')];
}

/** Keys and the password are made or asked here, for without them nothing can be tried. Files that are there stay. */
async function tryBroker(
  { patient, config, lane }: Trial,
  files: BoxFiles,
  ports: AttemptPorts,
): Promise<readonly Finding[]> {
  for (const key of await missingKeys(config, files)) {
    const code = await ports.runVerb(['keys', 'new', key, '--out', files.folder], 'caller');
    if (code !== 0) return [wrong('keys', `The key ${key} could not be made.`, 'Read what is said above.')];
  }
  await askPassword(config, ports);
  const findings = await checkBroker.look(patient);
  return findings.filter(({ about }) => !isOfGate(about, config, lane));
}

async function askPassword({ mqtt, ...config }: Config, { askHidden }: AttemptPorts): Promise<void> {
  if (askHidden === undefined || mqtt.password_file === undefined) return;
  if (!(await lacksPassword({ ...config, mqtt }))) return;
  const password = await askHidden(`  password of ${mqtt.username ?? ''} (not shown): `);
  if (password !== '') await writeFileAtomically(mqtt.password_file, password, 0o600);
}

const isOfGate = (about: string, { lanes }: Config, index: number): boolean =>
  about.startsWith('gate ') || about === `relay ${lanes[index]?.id}`;

async function tryGate(trial: Trial, { env, ask, signal }: AttemptPorts): Promise<readonly Finding[]> {
  const { patient, config, lane, answers } = trial;
  const name = config.lanes[lane]?.gate;
  const found = (await checkBroker.look(patient)).filter(
    // Which topics it may write to depends on the kind of the relay.
    ({ about, verdict }) =>
      about === `gate ${name}` || about === `relay ${config.lanes[lane]?.id}` || verdict === 'wrong',
  );
  if (answers.pulse !== 'yes') return found;
  const confirmed = async (): Promise<boolean | undefined> =>
    ask === undefined ? undefined : isYes(await ask('  Did it open, and shut again? [y/n]: '));
  return [...found, await sendTestPulse(config, lane, { env, signal, confirmed })];
}

const isYes = (text: string): boolean => /^y/i.test(text.trim());

async function enrollFirst(
  { config, lane, answers }: Trial,
  { file }: BoxFiles,
  { runVerb }: AttemptPorts,
): Promise<readonly Finding[]> {
  const { person = NONE, name = '', photo = '', 'consent-text': consent = NONE } = answers;
  if (person === NONE) return [];
  const source = config.lanes[lane]?.camera;
  const looks = photo === 'camera' ? ['--camera', deviceOf(source)] : [photo];
  const words = [
    ...['enroll', ...looks, `--config=${file}`, `--person=${person}`, `--name=${name}`],
    ...(consent === NONE ? [] : [`--consent-text=${consent}`]),
  ];
  const code = await runVerb(words, 'service');
  if (code !== 0)
    return [
      wrong(
        'first person',
        `${person} was not enrolled (exit code ${code}); the reason is above.`,
        'Take another photograph, or enroll later: twinstile enroll --help.',
      ),
    ];
  return [good('first person', `${person} is enrolled.`)];
}

const deviceOf = (camera: Config['lanes'][number]['camera'] | undefined): string => {
  switch (camera?.kind) {
    case 'usb':
      return camera.device;
    case 'csi':
      return `csi:${camera.sensor}`;
    case 'stream':
      return camera.url;
    default:
      return camera?.path ?? '';
  }
};
