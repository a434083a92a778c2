import { takesEscapes } from '../platform/output-guard.js';

/** How far is it? One line on stderr that renews itself on a terminal, and a line every few seconds elsewhere. */
interface ProgressLine {
  readonly show: (done: number, total: number) => void;
  readonly end: () => void;
}

const QUIET_MS = 5000;
const QUICK_MS = 200;

/** @param what is counted, in the plural: "photographs". */
export function createProgressLine(what: string, out: NodeJS.WriteStream = process.stderr): ProgressLine {
  const start = performance.now();
  let last = start;
  return {
    show(done, total) {
      const now = performance.now();
      if (done < total && now - last < (takesEscapes(out) ? QUICK_MS : QUIET_MS)) return;
      last = now;
      const rate = done / Math.max(0.001, (now - start) / 1000);
      const rest = rate > 0 ? Math.ceil((total - done) / rate) : 0;
      const line = `${done} of ${total} ${what}, ${rate.toFixed(1)} a second, ${rest} s to go`;
      out.write(takesEscapes(out) ? `\r${line}\u001b[K` : `${line}\n`);
    },
    end: () => {
      if (takesEscapes(out)) out.write('\r\u001b[K');
    },
  };
}
