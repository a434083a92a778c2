/** Each login of the access list in wrong hands, one after the other and then two together, against the whole box. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packsFolder } from '../../../src/biometrics/packs/pack-catalog.js';
import { databaseFile } from '../../../src/service/setup/open-gallery.js';
import { chance } from '../chance.js';
import { faultsOf } from '../check-database.js';
import { flood, writableBy } from '../hostile-login.js';
import type { Row } from '../row.js';
import { LANES, openWholeSite, type WholeSite } from '../whole-site.js';

const SEED = 12;
/** Whose flood leaves the lanes south and exit alone, or reaches all lanes. */
const LOGINS = [
  'box',
  'gate-north',
  'reader-north',
  'operator',
  'panel',
  'dashboard',
  'home-assistant',
  'registrar',
] as const;
const PAIRS = 4;
/** MiB of resident memory above what the box has before. */
const MAX_GROWTH = 400;
/** Of the row's own waits, on a machine that may be busy. */
const MAX_MS = 60_000;
/** Until a box that is started says of each lane how it is. */
const START_MS = 180_000;
/** Messages: a flood that gets on slower than this is ended. */
const SLOWEST_PER_MS = 0.1;
/** Somebody comes as often. */
const NEXT_BADGE_MS = 1000;

export const hostileLogins: Row = {
  name: 'hostile-logins',
  claim:
    'whatever the login of a role, or of two, publishes where it may, the box lives, another lane opens for a badge, free exit goes on, state stays true, memory is bounded, and the journal verifies',
  short: 12_000,
  long: 1_000_000,
  async run({ n, folder, scope }) {
    if (!existsSync(path.join(packsFolder({ env: process.env }), 'builtin')))
      return { skipped: 'needs the built-in pack' };
    const luck = chance(SEED);
    const site = await openWholeSite(scope, folder);
    const failures: string[] = [];
    const holds = async (what: string, check: () => boolean) => {
      const end = performance.now() + MAX_MS;
      while (!check() && performance.now() < end && site.box.isAlive) await sleep(20);
      if (!check()) failures.push(what);
    };
    await started(site);
    await opens(site, holds, 'before anything');
    const calm = new Map(LANES.map((lane) => [lane, stateWord(site, lane)]));
    const memory = watchMemory(site);
    const writable = writableBy(site.access);
    const others = LOGINS.map((login) => [login]);
    const pairs = Array.from({ length: PAIRS }, () => {
      const first = luck.pick(LOGINS);
      return [first, luck.pick(LOGINS.filter((login) => login !== first))];
    });
    const stages = [...others, ...pairs];
    let sent = 0;
    for (const [stage, logins] of stages.entries()) {
      const name = logins.join(' and ');
      const found = await floodWith(site, logins, {
        writable,
        each: n / stages.length / logins.length,
        seed: SEED + 10 * stage,
      });
      sent += found.sent;
      if (!site.box.isAlive) {
        failures.push(`${name}: the box ended: ${site.box.log}`);
        break;
      }
      if (!found.isServed)
        failures.push(`${name}: meanwhile ${found.south} openings for badges, ${found.exit} of free exit`);
      for (const lane of LANES) {
        await holds(`${name}: the state of ${lane} at the broker is not what it is`, () =>
          isTrue(site, lane),
        );
        await holds(
          `${name}: afterwards ${lane} is ${stateWord(site, lane)}, not ${calm.get(lane)}`,
          () => stateWord(site, lane) === calm.get(lane),
        );
      }
      await opens(site, holds, `after ${name}`);
    }
    const { highest, grown } = memory.end();
    if (grown > MAX_GROWTH) failures.push(`memory rose by ${Math.round(grown)} MiB`);
    failures.push(...new Set(site.box.failed));
    const code = await site.box.stop();
    if (code !== 0) failures.push(`it stopped with ${code}`);
    failures.push(...(await faultsOf(databaseFile(site.config), [])));
    // What was retained waits for it.
    site.box.restart();
    await started(site);
    await opens(site, holds, 'after a restart among what is retained');
    return {
      n: sent,
      failures,
      note: `seed ${SEED}, ${stages.length} floods, ${site.opened('north') + site.opened('south')} openings for badges, ${site.opened('exit')} of free exit, ${site.box.lines} lines of log, memory ${Math.round(highest)} MiB, ${Math.round(grown)} more than before`,
    };
  },
};

interface DropBurst {
  readonly writable: ReadonlyMap<string, readonly string[]>;
  /** How many messages each login sends, and more until others were served meanwhile. */
  readonly each: number;
  readonly seed: number;
}

/** All logins at once, while somebody shows a badge at another lane every second and somebody comes to the free exit. */
async function floodWith(site: WholeSite, logins: readonly string[], { writable, each, seed }: DropBurst) {
  const [south, exit, begun] = [site.opened('south'), site.opened('exit'), performance.now()];
  const isServed = () => site.opened('south') >= south + 2 && site.opened('exit') >= exit + 2;
  const goesOn = (sent: number) =>
    site.box.isAlive &&
    performance.now() - begun < MAX_MS + each / SLOWEST_PER_MS &&
    (sent < each || !isServed());
  const show = setInterval(() => void site.show('south'), NEXT_BADGE_MS);
  const counts = await Promise.all(
    logins.map((login, place) =>
      flood(
        {
          login,
          url: site.url,
          password: site.passwordOf(login),
          filters: writable.get(login) ?? [],
          luck: chance(seed + place),
        },
        goesOn,
      ),
    ),
  );
  clearInterval(show);
  return {
    sent: counts.reduce((sum, count) => sum + count, 0),
    isServed: isServed(),
    south: site.opened('south') - south,
    exit: site.opened('exit') - exit,
  };
}

/** Compiling and loading the program is no part of what is tried: on a busy machine it takes longer than all waits here. */
async function started({ box }: WholeSite): Promise<void> {
  const end = performance.now() + START_MS;
  while (!LANES.every((lane) => box.states.has(lane)) && performance.now() < end && box.isAlive)
    await sleep(50);
}

type Holds = (what: string, check: () => boolean) => Promise<void>;

/** Somebody shows a badge at each lane until it opens. */
async function opens(site: WholeSite, holds: Holds, when: string): Promise<void> {
  for (const lane of ['north', 'south'] as const) {
    const before = site.opened(lane);
    let shownAt = Number.NEGATIVE_INFINITY;
    await holds(`${when} ${lane} does not open: ${stateWord(site, lane)}`, () => {
      if (performance.now() - shownAt > NEXT_BADGE_MS) {
        shownAt = performance.now();
        void site.show(lane);
      }
      return site.opened(lane) > before;
    });
  }
  const before = site.opened('exit');
  await holds(`${when} nobody may go out`, () => site.opened('exit') > before);
}

const stateWord = (site: WholeSite, lane: string): string => {
  const { mode, degraded = [] } = site.box.states.get(lane) ?? {};
  return [mode, ...degraded].join(' ');
};

/** Whether what the broker holds is what the lane says of itself. */
function isTrue(site: WholeSite, lane: (typeof LANES)[number]): boolean {
  try {
    const { mode, degraded } = JSON.parse(site.states.get(lane) ?? '');
    return [mode, ...degraded].join(' ') === stateWord(site, lane);
  } catch {
    // Something else was put there.
    return false;
  }
}

function watchMemory({ box }: WholeSite) {
  const before = box.memory;
  let highest = before;
  const timer = setInterval(() => {
    highest = Math.max(highest, box.memory);
  }, 200);
  return {
    end() {
      clearInterval(timer);
      return { highest, grown: highest - before };
    },
  };
}
