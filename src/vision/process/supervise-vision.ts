/** Supervises a lane's vision process from outside: replaces it when it dies, hangs or breaks the protocol. */

import type { Clock } from '../../base/clock.js';
import { type Backoff, delayAfter, pause, untilAborted } from '../../base/delay.js';
import { type Millis, millis } from '../../base/units.js';
import {
  createSelfTestJudge,
  type SelfTestJudge,
  type SelfTestRules,
} from '../../biometrics/encoder-self-test.js';
import { processorWaitOf } from '../../platform/processor-wait.js';
import { silenceWhileOpening } from '../camera/camera-patience.js';
import { secretsOf } from '../ports/camera.js';
import type { Snapshot, SnapshotSource, Vision, VisionReport, VisionSettings } from '../ports/vision.js';
import { ReportReceiver } from './receive-reports.js';
import type { ProcessStart } from './vision-child.js';
import { openVisionClient, type ProcessEnd, type VisionClient } from './vision-client.js';
import type { WatchdogLimits } from './watchdog.js';

export interface Supervision extends ProcessStart {
  readonly setup: VisionSettings;
  readonly clock: Clock;
  /** Absent: the vectors of the self-test are not compared. */
  readonly selfTest?: SelfTestRules;
  readonly limits?: Partial<WatchdogLimits>;
}

/** A process that was ended before the first picture is followed by one that may be silent for twice as long, up to so many times. */
const MOST_PATIENCE = 4;
const TICK = millis(250);
/** The first restart comes at once; with these waits a lane sees again within 3 s of any single death. */
const BACKOFF: Backoff = { first: millis(250), factor: 2, longest: millis(2000) };
/** A process that gave frames for this long was well; its death counts as the first, not as one more of a row. */
const WELL: Millis = millis(10_000);

type ProcessLifetime =
  | { readonly end: 'aborted' | 'finished' }
  | {
      readonly end: 'died';
      readonly cause: string;
      readonly well: boolean;
      /** Ended because the first picture took too long. */
      readonly opening: boolean;
    }
  | { readonly end: 'refused'; readonly reason: unknown };

/**
 * Reports of one process all come before the 'restarting' of its end, and those of the next one after it.
 * `watch` resolves when the signal aborts (within 2 s) or a finite source has ended, and rejects only with what
 * `onReport` threw.
 */
export function superviseVision(options: Supervision): Vision & SnapshotSource {
  const snapshots = createSnapshotRequester();
  return {
    snapshot: snapshots.snapshot,
    watch: async (onReport, signal) => {
      let failures = 0;
      let patience = 1;
      // Kept across processes: a replaced one with the same weights has to give the same vectors.
      const judgeSelfTest =
        options.selfTest === undefined ? undefined : createSelfTestJudge(options.selfTest);
      while (!signal.aborted) {
        const life = await runProcess(options, { judgeSelfTest, snapshots, onReport, patience, signal });
        if (life.end === 'refused') throw life.reason;
        if (life.end !== 'died' || signal.aborted) return;
        if (life.well) failures = 0;
        patience = life.opening ? Math.min(MOST_PATIENCE, 2 * patience) : 1;
        onReport({ kind: 'restarting', cause: life.cause });
        await pause(delayAfter(failures, BACKOFF), signal);
        failures += 1;
      }
    },
  };
}

interface ProcessRun {
  readonly judgeSelfTest: SelfTestJudge | undefined;
  readonly snapshots: SnapshotRequester;
  readonly onReport: (report: VisionReport) => void;
  /** Factor of the longest silence before the first picture. */
  readonly patience: number;
  readonly signal: AbortSignal;
}

/** From the start of one process to its end. */
async function runProcess(
  { setup, clock, limits, ...start }: Supervision,
  { judgeSelfTest, snapshots, onReport, patience, signal }: ProcessRun,
): Promise<ProcessLifetime> {
  const startedAt = clock.monotonic();
  const kill = (cause: string): void => client.kill(cause);
  const opening = limits?.openingSilence ?? silenceWhileOpening(setup.source).limit;
  const receiver = new ReportReceiver({
    setup,
    clock,
    limits: { ...limits, openingSilence: millis(patience * opening) },
    starvedSince: () => starvedSince(),
    tickEvery: TICK,
    judgeSelfTest,
    onReport,
    kill,
  });
  const client = openVisionClient(
    { ...start, secrets: secretsOf(setup.source) },
    { kind: 'watch', settings: setup },
    (report) => receiver.receive(report),
  );
  const starvedSince = client.pid === undefined ? () => 0 : processorWaitOf(client.pid);
  snapshots.use(client);
  const timer = setInterval(() => receiver.tick(), TICK);
  try {
    const end = await untilAborted<'finished' | ProcessEnd>(signal, [receiver.finished, client.gone]);
    if (receiver.refusal !== undefined) return { end: 'refused', reason: receiver.refusal.reason };
    if (end === 'aborted' || end === 'finished') return { end };
    const well = receiver.sawFrame && clock.monotonic() - startedAt >= WELL;
    return { end: 'died', cause: causeOf(end), well, opening: receiver.diedOpening };
  } finally {
    clearInterval(timer);
    snapshots.use(undefined);
    await client.stop();
  }
}

function causeOf({ cause, failure }: ProcessEnd): string {
  if (failure === undefined) return cause;
  return failure.hint === undefined ? failure.message : `${failure.message} ${failure.hint}`;
}

/** Requests snapshots from the process that watches the lane now. */
interface SnapshotRequester extends SnapshotSource {
  /** @param client of the process that started; undefined once it is gone. */
  use(client: Pick<VisionClient, 'request'> | undefined): void;
}

/** A camera in order gives its next picture within 0.1 s; the operator's command waits 5 s for the answer. */
const PATIENCE = millis(2500);
/** On top of it, for the way there and back. */
const ROUND_TRIP_MS = 500;

/** Serves one operator and one live view at a time, one after the other: none of them keeps the other from its picture. */
export function createSnapshotRequester(patience: Millis = PATIENCE): SnapshotRequester {
  let client: Pick<VisionClient, 'request'> | undefined;
  const pending = new Set<'one' | 'live'>();
  let last: Promise<unknown> = Promise.resolve();
  return {
    async snapshot(view) {
      const kind = view === undefined ? 'one' : 'live';
      if (pending.has(kind)) return none('busy');
      if (client === undefined) return none('vision-restarting');
      pending.add(kind);
      try {
        const before = last;
        const mine = before.then(() =>
          client === undefined ? none('vision-restarting') : requestFrom(client, patience, view),
        );
        last = mine;
        return await mine;
      } finally {
        pending.delete(kind);
      }
    },
    use(next) {
      client = next;
    },
  };
}

async function requestFrom(
  client: Pick<VisionClient, 'request'>,
  patience: Millis,
  view: 'live' | 'live-zone' | undefined,
): Promise<Snapshot> {
  const limit = millis(patience + ROUND_TRIP_MS);
  const outcome = await client.request<'snapshot'>({ kind: 'snapshot', patience, view }, { limit });
  if (outcome.kind === 'late') return none('camera-not-live');
  if (outcome.kind === 'ended') return none('vision-restarting');
  const { id: _, ...picture } = outcome.responses[0];
  return { ...picture, kind: 'picture' };
}

const none = (reason: Extract<Snapshot, { kind: 'none' }>['reason']): Snapshot => ({ kind: 'none', reason });
