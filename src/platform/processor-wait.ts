/** Measures how long a process was ready to work and got no processor, so that a busy machine is not taken for a hang. */
import { readdirSync, readFileSync } from 'node:fs';

/**
 * From the kernel's accounting of each thread (Linux, Documentation/scheduler/sched-stats.rst): run time, time on a run queue, both in
 * ns, and number of slices.
 * @returns a function that returns the ms since its last call during which the thread that waited longest had no processor; 0 at the
 * first call, and where the kernel does not report it.
 */
export function processorWaitOf(pid: number, proc: string = '/proc'): () => number {
  let before: ReadonlyMap<string, number> | undefined;
  return () => {
    const now = waitsOf(`${proc}/${pid}/task`);
    const known = before;
    before = now;
    if (known === undefined) return 0;
    const grown = [...now].map(([thread, wait]) => wait - (known.get(thread) ?? wait));
    return Math.max(0, ...grown);
  };
}

/** In ms, by thread. */
function waitsOf(tasks: string): ReadonlyMap<string, number> {
  const waits = new Map<string, number>();
  for (const thread of threadsIn(tasks)) {
    try {
      const wait = Number(readFileSync(`${tasks}/${thread}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
      if (Number.isFinite(wait)) waits.set(thread, wait);
    } catch {
      // It ended meanwhile, or the kernel was built without the accounting.
    }
  }
  return waits;
}

function threadsIn(tasks: string): readonly string[] {
  try {
    return readdirSync(tasks);
  } catch {
    // The process is gone.
    return [];
  }
}
