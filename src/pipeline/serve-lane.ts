/** Core's loop of one lane: look, judge, write down, open, tell. */
import { together } from '../base/together.js';
import { millis } from '../base/units.js';
import { pause } from '../base/waiting.js';
import type { Ruling } from '../decision/decision.js';
import type { FrameReport, VisionReport } from '../ports/vision.js';
import { createBackgroundWork } from './lane-background.js';
import { listenForBadges } from './lane-badges.js';
import { createDoorkeeper } from './lane-grant.js';
import { createLaneJudge, type Moment } from './lane-judge.js';
import { createMailbox } from './lane-mailbox.js';
import type { LaneParts } from './lane-parts.js';
import { createRecord } from './lane-record.js';
import { createStateTeller } from './lane-tell.js';

/** A second of video: more would only be thrown away as too old. */
const REPORTS_WAITING = 30;
const TICK = millis(200);

/**
 * Runs until the signal aborts or a finite camera source has ended; what is being written down or asked of the gate is
 * finished first, within 6 s.
 * @throws TwinstileError when something is broken that no waiting mends: the gallery, the search, the journal at the start.
 */
export async function serveLane(parts: LaneParts, signal: AbortSignal): Promise<void> {
  const { clock, vision, rules } = parts;
  const over = new AbortController();
  const stopping = AbortSignal.any([signal, over.signal]);
  const record = createRecord(parts);
  await record.closeInterrupted();

  const background = createBackgroundWork();
  const { progress } = parts;
  const take = (report: VisionReport) => {
    if (report.kind === 'frame') progress?.heardFrame(clock.monotonic());
    mailbox.put(report);
  };
  const mailbox = createMailbox(REPORTS_WAITING, () => parts.onNote?.({ kind: 'dropped-frames', count: 1 }));
  const judge = createLaneJudge(parts);
  const gate = parts.gate({
    onPassage(passage) {
      if (passage.grant !== null) door.passed();
      parts.onNote?.({ kind: 'passage', passage });
      background.start(record.passage(passage));
    },
    onLateAck(grant, { result }, late) {
      parts.onNote?.({ kind: 'late-ack', grant, result, late });
      background.start(record.lateAnswer(grant, result, late));
    },
    onDropped: (topic, reason) => parts.onNote?.({ kind: 'dropped-message', topic, reason }),
  });
  const moment = (): Moment => {
    const now = clock.monotonic();
    return { now, wall: clock.wall(), gateFree: door.free(now), mode: teller.mode };
  };
  const door = createDoorkeeper(parts, { gate, judge, record }, moment, stopping);
  const teller = createStateTeller(parts, { gate, record });

  const act = (rulings: readonly Ruling[]) => {
    for (const ruling of rulings)
      background.start(ruling.verdict === 'granted' ? door.grant(ruling) : door.refuse(ruling));
  };
  const look = async (frame: FrameReport) => {
    // A frozen picture would be counted as many that agree.
    if (teller.camera === 'frozen') return;
    if (teller.camera === 'opening' || teller.camera === 'restarting') teller.cameraIs('live');
    const began = clock.monotonic();
    act(await judge.see(frame, moment()));
    const now = clock.monotonic();
    const { timings, skipped } = frame;
    parts.onFrame?.({ timings, skipped, judging: millis(now - began), age: millis(now - frame.at) });
  };
  const hear = async (report: VisionReport) => {
    if (report.kind === 'frame') {
      await look(report);
      progress?.judgedFrame();
    }
    if (report.kind === 'ready')
      parts.onNote?.({ kind: 'vision-ready', pid: report.pid, provider: report.provider });
    if (report.kind === 'canary') {
      const { verdict, drift } = report;
      if (verdict === 'untrue') {
        judge.forget();
        parts.onNote?.({ kind: 'encoder-untrue', ...(drift === undefined ? {} : { drift }) });
      }
      teller.canary(report);
    }
    if (report.kind === 'camera') {
      if (report.status !== 'live') judge.forget();
      parts.onNote?.(report);
      teller.cameraIs(report.status);
    }
    if (report.kind === 'restarting') {
      judge.forget();
      parts.onNote?.({ kind: 'vision-restarting', cause: report.cause });
      teller.cameraIs('restarting');
    }
  };

  if (rules.verification !== undefined)
    listenForBadges(
      parts,
      (read) => (read.kind === 'claim' ? judge.present(read.claim) : act([read.ruling])),
      background.start,
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
        if (!stop.aborted) act(judge.finish(moment()));
        await background.settled();
        progress?.over();
        over.abort();
      },
      async (stop) => {
        while (!stop.aborted) {
          act(judge.tick(moment()));
          teller.promptIs(judge.prompt(clock.monotonic()));
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
