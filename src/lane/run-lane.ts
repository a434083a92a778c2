/** Core's loop of one lane: look, judge, write down, open, tell. */

import { type Granted, isByFace, type LaneDecision } from '../access/decision.js';
import { pause } from '../base/delay.js';
import { together } from '../base/task-group.js';
import { createTokenBucket, type RateLimit } from '../base/token-bucket.js';
import { millis } from '../base/units.js';
import type { FrameReport, VisionReport } from '../vision/ports/vision.js';
import { createBackgroundWork } from './background.js';
import { listenForBadges } from './badge-reader.js';
import { type DecisionContext, DecisionEngine } from './decision/decision-engine.js';
import { createDroppedMessages, TOO_MANY } from './dropped-messages.js';
import { createMailbox } from './frame-mailbox.js';
import { createFreeExit } from './free-exit.js';
import { createGateAlarms } from './gate-alarms.js';
import { createGrantExecutor } from './grant-execution.js';
import { createReaderFaults } from './health/reader-faults.js';
import { createLaneAccess } from './lane-access.js';
import { listenForCommands } from './lane-commands.js';
import type { LaneDependencies } from './lane-dependencies.js';
import { createRecord } from './lane-journal.js';
import { createMessageWork } from './message-work.js';
import { openCommand } from './open-command.js';
import { createPendingGrants } from './pending-grant.js';
import { createStatePublisher } from './publish-state.js';

/** A second of video: more would only be thrown away as too old. */
const REPORTS_WAITING = 30;
const TICK = millis(200);
/** A gate lets one person through in about a second. */
const PASSAGES: RateLimit = { burst: 20, perSecond: 5 };
/** What messages ask for at once: far less than the database lets wait, so that what the lane decides itself finds room. */
const MAX_WORK = { badges: 16, commands: 16, passages: 8, rulings: 16 };

/**
 * Runs until the signal aborts or a finite camera source has ended; what is being written down or asked of the gate is
 * finished first, within 6 s.
 * @throws TwinstileError when something is broken that no waiting mends: the gallery, the search, the journal at the start.
 */
export async function serveLane(dependencies: LaneDependencies, signal: AbortSignal): Promise<void> {
  const { rules, identity, observer = {}, features = {} } = dependencies;
  const { clock, vision } = dependencies.ports;
  const over = new AbortController();
  const stopping = AbortSignal.any([signal, over.signal]);
  const record = createRecord(dependencies);
  await record.closeInterrupted();

  const background = createBackgroundWork();
  const dropped = createDroppedMessages({
    clock,
    base: identity.topics.base,
    onNote: observer.onNote,
    onFlood: (flood) => background.start(record.flood(flood)),
  });
  const passages = createTokenBucket(PASSAGES);
  const workOf = (topic: string, max: number) =>
    createMessageWork({ background, clock, onNote: observer.onNote }, topic, max);
  const work = {
    badges: workOf(identity.topics.badge, MAX_WORK.badges),
    rulings: workOf(identity.topics.badge, MAX_WORK.rulings),
    passages: workOf(identity.topics.gate.passage, MAX_WORK.passages),
    commands: workOf(`${identity.topics.base}/command`, MAX_WORK.commands),
  };
  const { progress } = features;
  const take = (report: VisionReport) => {
    if (report.kind === 'frame') progress?.heardFrame(clock.monotonic());
    mailbox.put(report);
  };
  const mailbox = createMailbox(REPORTS_WAITING, () =>
    observer.onNote?.({ kind: 'dropped-frames', count: 1 }),
  );
  const access = createLaneAccess(dependencies);
  const engine = new DecisionEngine(
    dependencies,
    (granted, at) => access.objection(granted, at) !== undefined,
  );
  const exit = createFreeExit(rules);
  const waiting = createPendingGrants();
  const alarms = createGateAlarms({
    lane: identity.lane,
    clock,
    notice: (notice) => work.passages.start(() => record.notice(notice)),
  });
  const gate = dependencies.ports.gate({
    onPassage(passage, verified) {
      if (!passages.take(clock.monotonic())) return dropped.add(identity.topics.gate.passage, TOO_MANY);
      if (verified && passage.grant !== null) door.passed(passage.grant);
      observer.onNote?.({ kind: 'passage', passage, verified });
      const notice = access.passage(passage, verified);
      const isStarted = work.passages.start(async () => {
        await record.passage(passage, verified);
        if (notice !== undefined) await record.notice(notice);
      });
      if (!isStarted) dropped.add(identity.topics.gate.passage, TOO_MANY);
    },
    onContradiction(grant, { result: first }, { result: second }) {
      observer.onNote?.({ kind: 'gate-contradiction', grant, first, second });
      door.contradicted(grant);
      // Of two answers the one that lets nobody in twice is believed.
      access.lateAnswer(grant, second);
      work.passages.start(async () => {
        await record.lateAnswer(grant, second, 0);
        await record.notice({ notice: 'gate-contradiction', lane: identity.lane, first, second });
      });
    },
    onLateAck(grant, { result }, late) {
      observer.onNote?.({ kind: 'late-ack', grant, result, late });
      access.lateAnswer(grant, result);
      work.passages.start(() => record.lateAnswer(grant, result, late));
    },
    onRelay(problem) {
      observer.onNote?.({ kind: 'relay', problem });
      work.passages.start(() => record.notice({ notice: problem, lane: identity.lane }));
    },
    onDropped(topic, reason) {
      dropped.add(topic, reason);
      alarms.dropped(reason);
    },
  });
  const moment = (): DecisionContext => {
    const [now, wall] = [clock.monotonic(), clock.wall()];
    return { now, wall, gateFree: door.free(now), mode: teller.mode, asked: access.asked({ wall }) };
  };
  const door = createGrantExecutor(dependencies, { gate, judge: engine, record, access }, moment, stopping);
  const readers = createReaderFaults({
    clock,
    onNew: ({ reader, problem }) => observer.onNote?.({ kind: 'reader-not-understood', reader, problem }),
  });
  const teller = createStatePublisher(dependencies, { gate, record, access, readers });

  /** What only a message asked for must not end the lane; what a picture did may say that something here is broken. */
  const startFor = (laneDecision: LaneDecision, job: () => Promise<unknown>) => {
    if (laneDecision.track !== undefined) background.start(job());
    else if (!work.rulings.start(job)) dropped.add(identity.topics.badge, TOO_MANY);
  };
  const act = (laneDecisions: readonly LaneDecision[]) => {
    for (const laneDecision of laneDecisions) {
      if (laneDecision.verdict === 'granted' && isByFace(laneDecision))
        features.statistics?.granted(laneDecision.track, laneDecision.person);
      if (laneDecision.verdict === 'refused') startFor(laneDecision, () => door.refuse(laneDecision));
      else if (isByFace(laneDecision) || door.free(clock.monotonic()))
        startFor(laneDecision, () => door.grant(laneDecision));
      else giveUp(waiting.seat(laneDecision, clock.monotonic()));
    }
  };
  const giveUp = (granted: Granted | undefined) => {
    if (granted !== undefined) engine.rearm(granted);
  };
  const callNext = () => {
    giveUp(waiting.tooLate(clock.monotonic()));
    const next = door.free(clock.monotonic()) ? waiting.next() : undefined;
    if (next !== undefined) act([next]);
  };
  const look = async (frame: FrameReport) => {
    // A frozen picture would be counted as many that agree.
    if (teller.camera === 'frozen') return;
    if (teller.camera === 'opening' || teller.camera === 'restarting') teller.cameraIs('live');
    const began = clock.monotonic();
    access.see(frame);
    const freed = exit.see(frame, began, access.isFreeExit && door.free(began));
    if (freed !== undefined) startFor(freed, async () => exit.settled(freed, await door.grant(freed)));
    if (!access.isFreeExit) act(await engine.see(frame, moment()));
    features.statistics?.see(frame);
    const now = clock.monotonic();
    const { timings, skipped } = frame;
    observer.onFrame?.({ timings, skipped, judging: millis(now - began), age: millis(now - frame.at) });
  };
  const hear = async (report: VisionReport) => {
    if (report.kind === 'frame') {
      await look(report);
      progress?.judgedFrame();
    }
    if (report.kind === 'ready')
      observer.onNote?.({ kind: 'vision-ready', pid: report.pid, provider: report.provider });
    if (report.kind === 'canary') {
      const { verdict, drift } = report;
      if (verdict === 'untrue') {
        engine.forget();
        observer.onNote?.({ kind: 'encoder-self-test-failed', drift });
      }
      teller.selfTest(report);
    }
    if (report.kind === 'camera') {
      if (report.status !== 'live') engine.forget();
      observer.onNote?.(report);
      teller.cameraIs(report.status);
    }
    if (report.kind === 'restarting') {
      engine.forget();
      observer.onNote?.({ kind: 'vision-restarting', cause: report.cause });
      teller.cameraIs('restarting');
    }
  };

  if (rules.verification !== undefined || features.access !== undefined)
    listenForBadges(
      dependencies,
      {
        access,
        engine,
        context: moment,
        onClaim: (claim) => engine.present(claim),
        onLaneDecision: (laneDecision) => act([laneDecision]),
        start: work.badges.start,
        readers,
        drop: dropped.add,
      },
      stopping,
    );
  if (features.commands !== undefined)
    listenForCommands(
      dependencies,
      features.commands,
      { record, open: openCommand(door, clock), start: work.commands.start, drop: dropped.add },
      stopping,
    );
  teller.refresh();
  try {
    await together(stopping, [
      async (stop) => {
        try {
          await vision.watch(take, stop);
        } finally {
          mailbox.close();
        }
      },
      async (stop) => {
        for (let report = await mailbox.take(); report !== undefined; report = await mailbox.take())
          if (!stop.aborted) await hear(report);
        if (!stop.aborted) act(engine.finish(moment()));
        await background.settled();
        progress?.over();
        over.abort();
      },
      async (stop) => {
        while (!stop.aborted) {
          act(engine.tick(moment()));
          door.tick(clock.monotonic());
          alarms.flush();
          callNext();
          teller.promptIs(engine.prompt(clock.monotonic(), clock.wall()));
          dropped.flush();
          teller.refresh();
          progress?.turned(clock.monotonic());
          await pause(TICK, stop);
        }
      },
      background.watch,
    ]);
  } finally {
    await background.settled();
  }
}
