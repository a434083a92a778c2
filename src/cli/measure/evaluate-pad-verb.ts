/** `twinstile evaluate pad`: how often is a picture taken for a person, and a person for a picture? */

import { Command, InvalidArgumentError } from 'commander';
import { plural } from '../../base/plural.js';
import { type Millis, millis } from '../../base/units.js';
import { packsFolder } from '../../biometrics/packs/pack-catalog.js';
import type { Rate } from '../../biometrics/statistics/clopper-pearson.js';
import { percentText, rateText } from '../../biometrics/statistics/rate-text.js';
import { recordingsAt } from '../../lab/evaluate/files/recordings.js';
import {
  type MeasuredPad,
  type PadRecording,
  type PadResult,
  watchForPad,
} from '../../lab/evaluate/measure-pad.js';
import { attackRates, liveRates, SOON, worstOf } from '../../lab/evaluate/pad-rates.js';
import { padReport } from '../../lab/report/pad-report.js';
import { recordingVisionSettings } from '../../service/setup/vision-process.js';
import { type WorkedThrough, wholeResult } from '../whole-result.js';
import { type ResultOptions, withResult, writePage } from './evaluate-options.js';

interface Options extends ResultOptions {
  readonly live: readonly string[];
  readonly attack: readonly Attack[];
  readonly pack: string;
  readonly folder?: string;
  readonly minInterOcular?: number;
  readonly visit?: Millis;
}

interface Attack {
  readonly species: string;
  readonly path: string;
}

export function padCommand(): Command {
  return withResult(new Command('pad'))
    .description(
      'Presentation-attack detection on recordings: APCER for each species of attack and BPCER, by track and by frame.',
    )
    .option('--live <path...>', 'clips, or folders of clips or pictures, of living faces', [])
    .option('--attack <species=path...>', 'the same of attacks, each with its species', attack, [])
    .option('--pack <name>', 'model pack', 'mobile')
    .option('--folder <dir>', 'folder of the packs')
    .option('--min-inter-ocular <px>', 'as quality.min_inter_ocular_px', positiveInteger)
    .option('--visit <s>', 'count a longer track as several, each judged from its start', seconds)
    .action(pad);
}

async function pad(options: Options, command: Command): Promise<void> {
  if (options.live.length + options.attack.length === 0)
    command.error('error: name recordings with --live or --attack');
  const work = async (signal: AbortSignal, through: WorkedThrough): Promise<PadResult> => {
    const watch = async (paths: readonly string[], label: string): Promise<readonly PadRecording[]> => {
      const clips = (await Promise.all(paths.map(recordingsAt))).flat();
      through.of += clips.length;
      const onClip = ({ clip, judged }: PadRecording): void => {
        through.done += 1;
        process.stderr.write(`${label}: ${clip}: ${plural(judged.length, 'track')} judged\n`);
      };
      const { visit } = options;
      const clipOptions = {
        clips,
        settings: recordingVisionSettings(
          options.pack,
          packsFolder({ argument: options.folder, env: process.env }),
          options.minInterOcular,
        ),
        onClip,
        visit,
      };
      const recordings = await watchForPad(clipOptions, signal);
      signal.throwIfAborted();
      return recordings;
    };
    const species = [...new Set(options.attack.map((one) => one.species))];
    const live = options.live.length === 0 ? undefined : await watch(options.live, 'live');
    const attacks = [];
    for (const name of species) {
      const paths = options.attack.filter((one) => one.species === name).map(({ path }) => path);
      const recordings = await watch(paths, name);
      attacks.push({
        species: name,
        recordings,
        rates: attackRates(recordings.flatMap(({ judged }) => judged)),
      });
    }
    return {
      pack: options.pack,
      live:
        live === undefined
          ? undefined
          : { recordings: live, rates: liveRates(live.flatMap(({ judged }) => judged)) },
      attacks,
    };
  };
  const show = async (result: PadResult): Promise<void> => {
    if (options.html !== undefined) await writePage(options.html, padReport(result));
    process.stdout.write(options.json === true ? `${JSON.stringify(jsonOf(result))}\n` : padText(result));
  };
  await wholeResult({ counted: 'recordings', work, show });
}

function attack(text: string, before: readonly Attack[]): readonly Attack[] {
  const [, species, path] = /^([A-Za-z0-9][A-Za-z0-9_.-]*)=(.+)$/.exec(text) ?? [];
  if (species === undefined || path === undefined)
    throw new InvalidArgumentError('Expected SPECIES=PATH, as in replay=phone.mp4.');
  return [...before, { species, path }];
}

function seconds(text: string): Millis {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('Expected seconds above 0.');
  return millis(1000 * value);
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('Expected a whole number above 0.');
  return value;
}

/** Formats the result of `twinstile evaluate pad`. Pure. */
export function padText({ pack, live, attacks }: PadResult): string {
  const worst = worstOf(attacks);
  return [
    `pack   ${pack}`,
    ...(live === undefined ? [] : linesOf('BPCER', 'living faces turned away', live)),
    ...attacks.flatMap((one) => linesOf(`APCER ${one.species}`, 'attacks let in', one)),
    ...(worst === undefined || attacks.length < 2
      ? []
      : [`APCER of the worst species (${worst.species}): ${percentText(worst.rates.tracks.rate)} of tracks`]),
    'Intervals are exact (Clopper-Pearson, 95 %), as if tracks and frames were independent; frames of one track are not.',
    'A track that stays undecided counts as turned away. Tracks of which no frame could be judged count nowhere.',
    '',
  ].join('\n');
}

const linesOf = (name: string, what: string, { recordings, rates }: MeasuredPad): readonly string[] => [
  `${name} by track  ${rateText(rates.tracks)} ${what}; ${rates.undecided} undecided, ${notJudgedIn(recordings)} not judged, in ${recordings.length} recordings`,
  `${name} by frame  ${rateText(rates.frames)}`,
  ...(rates.slowest === undefined
    ? []
    : [
        `${name} decided   ${rates.soon} of ${rates.tracks.of - rates.undecided} within ${SOON} ms of the first judged frame, the slowest after ${Math.round(rates.slowest)} ms`,
      ]),
];

const notJudgedIn = (recordings: readonly PadRecording[]): number =>
  recordings.reduce((sum, { notJudged }) => sum + notJudged, 0);

export function jsonOf({ pack, live, attacks }: PadResult) {
  const worst = worstOf(attacks);
  return {
    pack,
    bpcer: live === undefined ? null : rowOf(live),
    apcer: Object.fromEntries(attacks.map((one) => [one.species, rowOf(one)])),
    apcer_worst: worst === undefined ? null : { species: worst.species, ...rateRow(worst.rates.tracks) },
  };
}

const rowOf = ({ recordings, rates }: MeasuredPad) => ({
  tracks: rateRow(rates.tracks),
  frames: rateRow(rates.frames),
  undecided: rates.undecided,
  not_judged: notJudgedIn(recordings),
  decided_within_700_ms: rates.soon,
  slowest_ms: rates.slowest ?? null,
  recordings: recordings.map(({ clip, judged, notJudged }) => ({
    clip,
    not_judged: notJudged,
    tracks: judged.map(({ verdict, decidedAfter, scores }) => ({
      verdict,
      decided_after_ms: decidedAfter === undefined ? null : Math.round(decidedAfter),
      frames: scores.length,
      mean_score: scores.reduce((sum, score) => sum + score, 0) / scores.length,
    })),
  })),
});

const rateRow = ({ errors, of, rate, from, to }: Rate) => ({
  errors,
  of,
  rate: of === 0 ? null : rate,
  interval: [from, to],
});
