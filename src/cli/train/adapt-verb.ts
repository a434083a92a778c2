/** `twinstile adapt`: shows, makes, takes and rolls back the heads that lanes train on what their cameras show. */

import { Command } from 'commander';
import type { AdaptedHead, HeadCandidate, LaneAdaptation } from '../../adaptation/adaptation-store.js';
import { forgetSums, rollBackHead, useCandidate } from '../../adaptation/apply-adaptation.js';
import { effectiveTracks } from '../../adaptation/camera-statistics.js';
import { TwinstileError } from '../../base/errors.js';
import { exitCodeOf } from '../../base/exit-code.js';
import { type LaneId, laneId, type ModelDigest } from '../../base/ids.js';
import { plural } from '../../base/plural.js';
import { digestWithHead } from '../../biometrics/head/head.js';
import { type AdaptVerbDependencies, lanesOf, withAdaptation } from '../../service/adaptation/adapt-world.js';
import { considerLanes, formatConsidered } from '../../service/adaptation/consider-lanes.js';
import { loadConfig } from '../../service/config/load-config.js';
import type { AdaptationConfig } from '../../service/config/sections/upkeep-section.js';
import { type Consequences, isConfirmed, withConfirmation } from '../confirm.js';
import {
  type ConfigOption,
  configOption,
  formatTime,
  type OfficeDependencies,
  officeDependencies,
} from '../office-dependencies.js';
import { type WorkedThrough, wholeResult } from '../whole-result.js';

interface Options extends ConfigOption {
  readonly lane?: string;
  readonly judge?: string;
  readonly anew?: boolean;
  readonly json?: boolean;
}

export function adaptCommand(replaced: Partial<OfficeDependencies> = {}): Command {
  const dependencies = { ...officeDependencies(), ...replaced };
  const adapt = new Command('adapt').description(
    'Heads that lanes make of what their cameras show: how they stand, make one now, take one, take it back.',
  );
  const verb = (name: string, description: string): Command =>
    adapt
      .command(name)
      .description(description)
      .addOption(configOption())
      .option('--lane <id>', 'only this lane');
  verb('status', 'What was gathered, which heads are in use, and what is proposed.')
    .option('--json', 'as JSON')
    .action((options: Options) =>
      inDependencies(dependencies, options, (open) => status(dependencies, open, options)),
    );
  verb('now', 'Make and judge a head now, as the schedule does; exit code 3 when none is good enough.')
    .option('--judge <dir>', 'judge by this folder: one subfolder of photographs or clips per person')
    .option('--anew', 'of the sums as they are now, whatever was proposed before')
    .action((options: Options) =>
      inDependencies(dependencies, options, (open) => now(dependencies, open, options)),
    );
  verb('use', 'Take what is proposed into use; running lanes do so within seconds.').action(
    (options: Options) => inDependencies(dependencies, options, (open) => use(dependencies, open, options)),
  );
  withConfirmation(
    verb('undo', 'Go back to the head before; no other is taken by itself until the next `adapt use`.'),
  ).action((options: Options & Consequences) =>
    inDependencies(dependencies, options, (open) => undo(dependencies, open, options)),
  );
  withConfirmation(
    verb('forget', 'Forget what was gathered and what was proposed; the head in use stays.'),
  ).action((options: Options & Consequences) =>
    inDependencies(dependencies, options, (open) => forget(dependencies, open, options)),
  );
  return adapt;
}

async function inDependencies(
  { env, clock }: OfficeDependencies,
  { config: file }: Options,
  work: (dependencies: AdaptVerbDependencies) => Promise<void>,
): Promise<void> {
  await withAdaptation({ config: await loadConfig(file), env, clock }, work);
}

const lanesFor = ({ config }: AdaptVerbDependencies, { lane }: Options) =>
  lanesOf(config, lane).map(({ id }) => laneId(id));

async function status(
  { print }: OfficeDependencies,
  setup: AdaptVerbDependencies,
  options: Options,
): Promise<void> {
  const { config, configured, dependencies } = setup;
  const rows = [];
  for (const lane of lanesFor(setup, options)) {
    const stored = await dependencies.store.load(lane, configured.trunk.digest);
    rows.push(rowOf(lane, stored, configured.digest, config.adaptation));
  }
  if (options.json === true) return print(JSON.stringify(rows, null, 2));
  if (config.adaptation.mode === 'off')
    print(
      'Lanes do not adapt (adaptation.mode is off): nothing is gathered, and the configured head is in use.',
    );
  for (const row of rows) for (const line of statusLines(row)) print(line);
}

async function now(
  dependencies: OfficeDependencies,
  setup: AdaptVerbDependencies,
  { lane, judge, anew }: Options,
): Promise<void> {
  expectOn(setup);
  let isGood = true;
  const work = (signal: AbortSignal, through: WorkedThrough): Promise<void> => {
    through.of = lanesOf(setup.config, lane).length;
    return considerLanes(
      setup,
      {
        lane,
        judge,
        anew: anew === true,
        env: dependencies.env,
        onLane: (id, considered) => {
          through.done += 1;
          isGood &&= considered.outcome === 'used' || considered.outcome === 'proposed';
          dependencies.print(`${id}: ${formatConsidered(considered)}`);
        },
        onRefused: (file, reason) => dependencies.print(`Nothing to judge by in ${file}: ${reason}.`),
      },
      signal,
    );
  };
  const show = (): void => {
    if (!isGood) dependencies.setExitCode(exitCodeOf('refused'));
  };
  await wholeResult({ counted: 'lanes', work, show });
}

async function use(
  dependencies: OfficeDependencies,
  setup: AdaptVerbDependencies,
  options: Options,
): Promise<void> {
  expectOn(setup);
  const { digest } = setup.configured.trunk;
  for (const lane of lanesFor(setup, options)) {
    const used = await useCandidate(lane, digest, setup.configured.digest, setup.dependencies);
    if (used === undefined) dependencies.setExitCode(exitCodeOf('refused'));
    dependencies.print(
      used === undefined
        ? `${lane}: nothing was found better than what is in use. See: twinstile adapt status`
        : `${lane}: in use: head ${digestWithHead(used.head).slice(0, 12)}. Back: twinstile adapt undo --lane ${lane}`,
    );
  }
}

async function undo(
  dependencies: OfficeDependencies,
  setup: AdaptVerbDependencies,
  options: Options & Consequences,
): Promise<void> {
  const { digest } = setup.configured.trunk;
  const lanes: LaneId[] = [];
  for (const lane of lanesFor(setup, options)) {
    const { used, before } = await setup.dependencies.store.load(lane, digest);
    if (used === undefined) {
      dependencies.print(`${lane}: nothing to take back: the configured head is in use.`);
      continue;
    }
    lanes.push(lane);
    dependencies.print(
      `To be taken out of use at ${lane}: head ${digestWithHead(used.head).slice(0, 12)}, for ${nameOfHead(before)}; what is proposed goes too.`,
    );
  }
  if (lanes.length === 0 || !(await isConfirmed(dependencies, 'Go back?', options))) return;
  for (const lane of lanes) {
    const undone = await rollBackHead(lane, digest, setup.dependencies);
    dependencies.print(
      undone === undefined
        ? `${lane}: nothing to take back: the configured head is in use.`
        : `${lane}: back to ${nameOfHead(undone.now === 'configured' ? undefined : undone.now)}. No other is taken by itself until: twinstile adapt use`,
    );
  }
}

const nameOfHead = (head: AdaptedHead | undefined): string =>
  head === undefined ? 'the configured head' : `head ${digestWithHead(head.head).slice(0, 12)}`;

async function forget(
  dependencies: OfficeDependencies,
  setup: AdaptVerbDependencies,
  options: Options & Consequences,
): Promise<void> {
  for (const lane of lanesFor(setup, options)) {
    const stored = await setup.dependencies.store.load(lane, setup.configured.trunk.digest);
    dependencies.print(
      `To be forgotten at ${lane}: what ${plural(stored.sums?.statistics.tracks ?? 0, 'passage')} showed, and what was proposed.`,
    );
  }
  if (!(await isConfirmed(dependencies, 'Forget it?', options))) return;
  for (const lane of lanesFor(setup, options)) {
    const passages = await forgetSums(lane, setup.configured.trunk.digest, setup.dependencies);
    dependencies.print(`${lane}: the sums of ${plural(passages, 'passage')} are forgotten.`);
  }
}

function expectOn({ config }: AdaptVerbDependencies): void {
  if (config.adaptation.mode !== 'off') return;
  throw new TwinstileError({
    code: 'bad-arguments',
    message: 'Expected lanes that adapt, got adaptation.mode off.',
    hint: 'Set adaptation.mode to propose or use, and let people pass for some days.',
  });
}

interface HeadSummary {
  readonly head: string;
  readonly made_at: string;
  readonly detail: string;
}

interface AdaptationRow {
  readonly lane: string;
  readonly mode: AdaptationConfig['mode'];
  /** Passages that were gathered, and as how many equal ones they count now. */
  readonly passages: number;
  readonly equal_passages: number;
  readonly needed: number;
  /** Null: the configured head. */
  readonly used: HeadSummary | null;
  readonly before: HeadSummary | null;
  readonly candidate:
    | (HeadSummary & { readonly verdict: HeadCandidate['verdict']; readonly granted_passages: number })
    | null;
  readonly held_since: string | null;
}

/**
 * Describes the adaptation state of a lane.
 * @param configured digest of what the lane compares by without a head of its own.
 */
function rowOf(
  lane: LaneId,
  { sums, used, before, candidate, heldSince }: LaneAdaptation,
  configured: ModelDigest,
  { mode, passages }: AdaptationConfig,
): AdaptationRow {
  const summaryOf = (one: AdaptedHead | undefined): HeadSummary | null =>
    one?.over === configured
      ? {
          head: digestWithHead(one.head),
          made_at: new Date(one.madeAt).toISOString(),
          detail: one.detail,
        }
      : null;
  const proposed = summaryOf(candidate);
  return {
    lane,
    mode,
    passages: sums?.statistics.tracks ?? 0,
    equal_passages: sums === undefined ? 0 : Math.floor(effectiveTracks(sums.statistics)),
    needed: passages,
    used: mode === 'off' ? null : summaryOf(used),
    before: summaryOf(before),
    candidate:
      proposed === null || candidate === undefined
        ? null
        : {
            ...proposed,
            verdict: candidate.verdict,
            granted_passages: candidate.passages?.passages ?? 0,
          },
    held_since: heldSince === undefined ? null : new Date(heldSince).toISOString(),
  };
}

const VERDICTS = { better: 'proposed', refused: 'refused ', waiting: 'waiting ' } as const;

function statusLines(row: AdaptationRow): readonly string[] {
  const { lane, passages, equal_passages, needed, used, before, candidate, held_since } = row;
  const head = ({ head: digest, made_at, detail }: HeadSummary): string =>
    `head ${digest.slice(0, 12)} of ${formatTime(Date.parse(made_at))}: ${detail}`;
  return [
    `${lane}`,
    `  gathered   ${plural(passages, 'passage')}, as much as ${equal_passages} equal ones (${needed} make a head)`,
    `  in use     ${used === null ? 'the configured head' : head(used)}`,
    ...(before === null ? [] : [`  before     ${head(before)}`]),
    ...(candidate === null
      ? []
      : [
          `  ${VERDICTS[candidate.verdict]}   ${head(candidate)}`,
          ...(candidate.granted_passages === 0
            ? []
            : [`             compared behind both: ${candidate.granted_passages} granted passages`]),
        ]),
    ...(held_since === null
      ? []
      : [
          `  held       since ${formatTime(Date.parse(held_since))}: taken back; take one with twinstile adapt use`,
        ]),
  ];
}
