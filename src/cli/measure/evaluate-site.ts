/** `twinstile evaluate site`: measures who is let in at a camera of the owner's own, by the lane's own rules. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { LaneRules } from '../../access/lane-rules.js';
import { TwinstileError } from '../../base/errors.js';
import { digestOf, type ModelCard } from '../../biometrics/model-card.js';
import { packsFolder } from '../../biometrics/packs/pack-catalog.js';
import { openPacks } from '../../biometrics/packs/pack-store.js';
import { acquireOneEach } from '../../lab/evaluate/acquire-photos.js';
import { readIdentities } from '../../lab/evaluate/files/identities.js';
import { measureSite, type SiteClip, type SitePlan } from '../../lab/evaluate/measure-site.js';
import { recordClip } from '../../lab/replay/recorded-clip.js';
import { type SiteRun, siteReport } from '../../lab/report/site-report.js';
import { laneSchema } from '../../service/config/sections/lane-section.js';
import { readRate } from '../../service/config/sections/value-schemas.js';
import { checksLiveness, rulesOf } from '../../service/setup/configured-rules.js';
import { openComparison } from '../../service/setup/open-comparison.js';
import { onCpu, visionSettingsOf } from '../../service/setup/vision-process.js';
import type { VisionSettings } from '../../vision/ports/vision.js';
import { createProgressLine } from '../progress-line.js';
import { type WorkedThrough, wholeResult } from '../whole-result.js';
import {
  type EvaluatedPhotoOptions,
  photoSource,
  positiveInteger,
  printResult,
  withPhotos,
} from './evaluate-options.js';

interface RuleOptions {
  readonly maxFpir: number;
  readonly maxFmr: number;
  readonly minInterOcular?: number;
  readonly liveness: 'off' | 'delivered' | 'both';
}

interface Options extends EvaluatedPhotoOptions, RuleOptions {
  readonly live?: string;
  readonly enrolled: readonly number[];
  readonly photos?: string;
  readonly photographs: readonly number[];
  readonly galleries: number;
  readonly seed: number;
  readonly attempts: number;
}

export function siteCommand(): Command {
  const command = new Command('site')
    .description(
      'Clips of the site’s own camera through the lane’s own rules, people left out in turn: strangers let in, stolen badges, enrolled let in.',
    )
    .argument('<dir>', 'folder of clips of one camera with identities.csv (columns file, identity)')
    .option(
      '--live <dir>',
      'the same people before another camera: enrolled by the clips of <dir>, and met here',
    )
    .option('--enrolled <list>', 'people enrolled by clip, separated by commas', numbers, [1, 2, 3, 4])
    .option('--photos <dir>', 'folder with one subfolder of photographs for each of other people')
    .option(
      '--photographs <list>',
      'of those, people enrolled beside them by one photograph each',
      numbers,
      [0],
    )
    .option('--galleries <n>', 'at most so many galleries of each size', positiveInteger, 40)
    .option('--attempts <n>', 'clips of a person that are one transaction, at most', positiveInteger, 3)
    .option('--seed <n>', 'of all that is random', positiveInteger, 1)
    .option('--max-fpir <rate>', 'as identification.max_fpir: "1 in 1,000" or 0.001', rate, 0.001)
    .option('--max-fmr <rate>', 'as verification.max_fmr: "1 in 10,000" or 0.0001', rate, 0.0001)
    .addOption(
      new Option('--liveness <mode>', 'without it, as a lane asks for by itself with this pack, or both')
        .choices(['off', 'delivered', 'both'])
        .default('both'),
    )
    .option('--min-inter-ocular <px>', 'as quality.min_inter_ocular_px', positiveInteger);
  return withPhotos(command).action(site);
}

async function site(folder: string, options: Options): Promise<void> {
  const work = async (signal: AbortSignal, through: WorkedThrough) => {
    const packFolder = packsFolder({ argument: options.folder, env: process.env });
    const { card } = await openPacks(packFolder).open(options.pack);
    const comparison = await openComparison(card, options.head);
    const photographs = await photographsOf(options, signal, through);
    const runs: SiteRun[] = [];
    let counted = { people: 0, clips: 0 };
    for (const mode of modesOf(options, card)) {
      const { rules, settings } = laneLike(options, card, packFolder, mode);
      const record = (place: string) => recordFolder(place, { settings, card, signal, through });
      const clips = await record(folder);
      const live = options.live === undefined ? undefined : await record(options.live);
      counted = { people: new Set(clips.map(({ person }) => person)).size, clips: clips.length };
      const plan: SitePlan = { ...options, most: options.galleries };
      const rows = await measureSite({ card, comparison, rules, clips, live, photographs, plan });
      if (rows.length === 0) throw tooFew(counted.people);
      runs.push({ liveness: mode ?? rules.liveness?.identification ?? 'off', rows });
    }
    const { attempts, maxFpir, maxFmr } = options;
    const facts = { pack: card.name, digest: digestOf(card), photographs: photographs.length };
    return { ...facts, ...counted, attempts, maxFpir, maxFmr, runs };
  };
  await wholeResult({
    counted: 'clips and photographs',
    work,
    show: (result) => printResult(options, result, siteReport(result)),
  });
}

/** Undefined: what a lane asks for by itself. Without models for liveness both are the same. */
function modesOf({ liveness }: Options, card: ModelCard): readonly ('off' | undefined)[] {
  if (liveness === 'off' || (liveness === 'both' && card.liveness.length === 0)) return ['off'];
  return liveness === 'delivered' ? [undefined] : ['off', undefined];
}

/** @param mode of liveness; absent: what a lane asks for by itself. */
function laneLike(
  options: Options,
  card: ModelCard,
  packFolder: string,
  mode: 'off' | undefined,
): { readonly rules: LaneRules; readonly settings: Omit<VisionSettings, 'source'> } {
  const lane = laneSchema.parse({
    id: 'here',
    gate: 'none',
    direction: 'in',
    camera: { kind: 'file', path: 'clip' },
    identification: { max_fpir: options.maxFpir },
    verification: { max_fmr: options.maxFmr },
    quality: { min_inter_ocular_px: options.minInterOcular },
    liveness: { mode },
  });
  const rules = rulesOf(lane, card);
  const liveness = checksLiveness(rules, card);
  return { rules, settings: { ...visionSettingsOf(lane, onCpu(options.pack, packFolder)), liveness } };
}

interface RecordContext {
  readonly settings: Omit<VisionSettings, 'source'>;
  readonly card: ModelCard;
  readonly signal: AbortSignal;
  readonly through: WorkedThrough;
}

async function recordFolder(
  folder: string,
  { settings, card, signal, through }: RecordContext,
): Promise<readonly SiteClip[]> {
  const filed = await readIdentities(folder);
  const progress = createProgressLine('clips');
  const clips: SiteClip[] = [];
  through.of += filed.length;
  for (const { file, path, person } of filed) {
    const reports = await recordClip(path, settings, card.encoder.dimension, signal);
    signal.throwIfAborted();
    clips.push({ file, person, reports });
    through.done += 1;
    progress.show(clips.length, filed.length);
  }
  progress.end();
  return clips;
}

async function photographsOf(
  options: Options,
  signal: AbortSignal,
  through: WorkedThrough,
): Promise<readonly Float32Array[]> {
  const most = Math.max(...options.photographs);
  if (most === 0) return [];
  if (options.photos === undefined)
    throw new TwinstileError({
      code: 'bad-arguments',
      message: `Expected --photos, because --photographs asks for ${most} people enrolled by photograph, got none.`,
      hint: 'Name a folder with one subfolder of photographs per person.',
    });
  const { acquisition, end } = photoSource(options, through);
  const vectors = await acquireOneEach(options.photos, most, acquisition, signal);
  end();
  if (vectors.length >= most || signal.aborted) return vectors;
  throw new TwinstileError({
    code: 'bad-arguments',
    message: `Expected photographs of ${most} people in ${options.photos}, got ${vectors.length} that can be compared.`,
    hint: 'Give more photographs, or ask for fewer with --photographs.',
  });
}

const tooFew = (people: number): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected clips of enough people to enroll some and leave others out, got ${people}.`,
    hint: 'Give more clips, or enroll fewer people: --enrolled 1',
  });

function numbers(text: string): readonly number[] {
  const values = text.split(',').map(Number);
  if (values.some((value) => !Number.isInteger(value) || value < 0 || value > 100_000))
    throw new InvalidArgumentError('Expected whole numbers with commas between them, as in 1,2,4.');
  return values;
}

function rate(text: string): number {
  const value = readRate(Number.isNaN(Number(text)) ? text : Number(text));
  if (value === undefined) throw new InvalidArgumentError('Expected "1 in N" or a number up to 0.01.');
  return value;
}
