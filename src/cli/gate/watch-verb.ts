/** `twinstile watch`: shows decisions as they happen, and how the lanes are. Reads the broker, and changes nothing. */
import { Command } from 'commander';
import { aborted, pause } from '../../base/delay.js';
import { TwinstileError } from '../../base/errors.js';
import { ID_PATTERN, laneId, siteId } from '../../base/ids.js';
import { type Millis, millis } from '../../base/units.js';
import { zonedTimes } from '../../base/zoned-time.js';
import { type LaneEvent, watchLanes } from '../../gate/watch-lanes.js';
import type { Bus } from '../../platform/mqtt/message-bus.js';
import { untilSignal } from '../../platform/signals.js';
import { loadConfig } from '../../service/config/load-config.js';
import { siteZone } from '../../service/config/sections/access-section.js';
import { connectBox, connectTool, type ToolLogin } from '../../service/setup/connect-tool.js';
import { peopleNames } from '../../service/setup/people-names.js';
import { DEFAULT_CONFIG, type OfficeDependencies, officeDependencies } from '../office-dependencies.js';
import { readProfile } from '../profile.js';
import {
  needOptions,
  type ProfileOption,
  profileOption,
  watchDefaults,
  withDefaults,
} from '../profile-options.js';
import { WatchLines } from './watch-lines.js';

interface Typed extends Partial<ToolLogin>, ProfileOption {
  readonly config?: string;
  readonly site?: string;
  readonly lane?: string;
  readonly for?: string;
  readonly json?: boolean;
}

interface WatchDependencies extends OfficeDependencies {
  /** Runs the work until the program is asked to stop. */
  readonly untilSignal: (work: (signal: AbortSignal) => Promise<void>) => Promise<void>;
}

export function watchCommand(replaced: Partial<WatchDependencies> = {}): Command {
  const dependencies = { ...officeDependencies(), untilSignal, ...replaced };
  return new Command('watch')
    .description('Show each decision as it happens, and how each lane is. Changes nothing.')
    .option('-c, --config <file>', `of this box (default: ${DEFAULT_CONFIG}, where no broker is named)`)
    .option('--broker <url>', 'mqtt://HOST:PORT or mqtts://HOST:PORT, in the place of --config')
    .option('--username <name>', 'login at the broker')
    .option('--password-file <file>', 'file that holds the password')
    .option('--ca <file>', 'certificate (PEM) of the authority that signed the broker')
    .option('--site <id>', 'whose lanes; with --config its site')
    .option('--lane <id>', 'only this lane')
    .option('--for <seconds>', 'end by itself after this time')
    .addOption(profileOption())
    .option('--json', 'each message as a line of JSON')
    .addHelpText(
      'after',
      `
A name is shown where the site publishes it (privacy.publish_names), or where
--config opens the gallery. "granted" is the permission to open; "the gate
opened" is what the gate answered.`,
    )
    .action((typed: Typed) => watch(dependencies, typed));
}

interface Source {
  readonly bus: Bus;
  readonly site: string;
  readonly lane: string | undefined;
  readonly zone: string;
  readonly nameOf: (person: string) => string | undefined;
}

async function watch(dependencies: WatchDependencies, typed: Typed): Promise<void> {
  const end = typed.for === undefined ? undefined : secondsOf(typed.for);
  const source = await openSource(dependencies, typed);
  try {
    await dependencies.untilSignal(async (signal) => {
      follow(dependencies, source, typed.json === true);
      await (end === undefined ? aborted(signal) : pause(end, signal));
    });
  } finally {
    await source.bus.close();
  }
}

/** A broker that was named, by hand or in the profile, goes before the configuration of this box. */
async function openSource({ env, clock }: WatchDependencies, typed: Typed): Promise<Source> {
  const options: Typed =
    typed.config === undefined
      ? withDefaults(typed, watchDefaults(await readProfile({ env }, typed.profile)))
      : typed;
  for (const id of [options.site, options.lane])
    if (id !== undefined && !ID_PATTERN.test(id)) throw bad('a name of letters, digits, . - or _', `'${id}'`);
  const { lane, broker } = options;
  if (broker !== undefined) {
    needOptions('watch', options, ['site']);
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const bus = await connectTool('watch', { ...options, broker });
    return { bus, site: options.site, lane, zone, nameOf: () => undefined };
  }
  const config = await loadConfig(typed.config ?? DEFAULT_CONFIG);
  const known = config.lanes.map(({ id }) => id as string);
  if (lane !== undefined && !known.includes(lane))
    throw bad(`a lane of this box (${known.join(', ') || 'it has none'})`, `'${lane}'`);
  const { nameOf } = await peopleNames(config, clock);
  const bus = await connectBox('watch', config, env);
  return { bus, site: config.site, lane, zone: siteZone(config), nameOf };
}

/** A broker whose access list forbids the topics takes the subscription and sends nothing. */
const SILENCE = millis(5000);

function follow(
  { print, clock }: WatchDependencies,
  { bus, site, lane, zone, nameOf }: Source,
  asJson: boolean,
): void {
  const lines = new WatchLines();
  const format = zonedTimes(zone);
  let heard = false;
  const onEvent = (event: LaneEvent): void => {
    heard = true;
    if (asJson) print(JSON.stringify({ site, ...event }));
    else for (const line of lines.linesOf(event, { format, now: clock.wall(), nameOf })) print(line);
  };
  watchLanes(bus, { site: siteId(site), lane: lane === undefined ? undefined : laneId(lane), onEvent });
  const silence = setTimeout(() => {
    if (!heard)
      process.stderr.write(
        `twinstile: nothing was heard of ${site} yet. Is the service running, and may this login read twinstile/${site}/+/state and decision (docs/PROTOCOL.md, "Access list")?\n`,
      );
  }, SILENCE);
  silence.unref();
}

function secondsOf(text: string): Millis {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value <= 86_400) return millis(value * 1000);
  throw bad('--for above 0 and at most 86400 seconds', `'${text}'`);
}

const bad = (expected: string, got: string): TwinstileError =>
  new TwinstileError({
    code: 'bad-arguments',
    message: `Expected ${expected}, got ${got}.`,
    hint: 'Run: twinstile watch --help',
  });
