/** Between the vision process and core: in order, one at a time, and never an old picture kept while a newer one waits. */
import type { FrameReport, VisionReport } from '../vision/ports/vision.js';

export interface Mailbox {
  put(report: VisionReport): void;
  /** Waits for the next; undefined when it is closed and empty. */
  take(): Promise<VisionReport | undefined>;
  close(): void;
}

/**
 * @param length reports that may wait. When full, the oldest frame goes; the tracks that ended with it are reported with the next.
 * @param onDropped called for each frame that went.
 */
export function createMailbox(length: number, onDropped: () => void): Mailbox {
  const waiting: VisionReport[] = [];
  let wake = (): void => {};
  let closed = false;

  const dropOldestFrame = () => {
    const oldest = waiting.findIndex(({ kind }) => kind === 'frame');
    const next = waiting.findIndex(({ kind }, i) => i > oldest && kind === 'frame');
    const [from, to] = [waiting[oldest], waiting[next]];
    if (from?.kind !== 'frame') return;
    if (to?.kind === 'frame') waiting[next] = withEnded(to, from);
    waiting.splice(oldest, 1);
    onDropped();
  };
  return {
    put(report) {
      if (closed) return;
      waiting.push(report);
      if (waiting.length > length) dropOldestFrame();
      wake();
    },
    async take() {
      while (waiting.length === 0 && !closed)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      return waiting.shift();
    },
    close() {
      closed = true;
      wake();
    },
  };
}

const withEnded = (frame: FrameReport, before: FrameReport): FrameReport => ({
  ...frame,
  ended: [...before.ended, ...frame.ended],
  skipped: frame.skipped + before.skipped + 1,
});
