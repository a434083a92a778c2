/** Turns a profile into the options that each verb has, below those that were typed. */
import { Option } from 'commander';
import { compact } from '../base/compact.js';
import { TwinstileError } from '../base/errors.js';
import { type Profile, USUAL_PROFILE } from './profile.js';

export interface ProfileOption {
  readonly profile?: string;
}

export const profileOption = (): Option =>
  new Option(
    '--profile <name>',
    `what is not typed is read from ~/.config/twinstile/NAME.yaml (${USUAL_PROFILE}.yaml if that is there)`,
  );

/** Shown behind an option that a profile may hold in its place. */
export const REQUIRED = '(required, here or in the profile)';

const login = ({ broker, username, password_file, ca_file }: Profile) => ({
  broker,
  username,
  passwordFile: password_file,
  ca: ca_file,
});

const lane = ({ site, lane: id }: Profile) => ({ site, lane: id });

export const commandDefaults = (profile: Profile) => ({
  ...login(profile),
  ...lane(profile),
  operator: profile.command?.operator,
  key: profile.command?.key_file,
});

export const watchDefaults = (profile: Profile) => ({ ...login(profile), ...lane(profile) });

export const fleetDefaults = (profile: Profile) => ({
  ...login(profile),
  site: profile.site,
  repository: profile.fleet?.repository,
  root: profile.fleet?.root_file,
  heads: profile.fleet?.heads_file,
  wait: text(profile.fleet?.wait_s),
  stale: text(profile.fleet?.stale_s),
});

export const gateDefaults = (profile: Profile) => ({
  ...login(profile),
  ...lane(profile),
  gate: profile.gate?.gate,
  direction: profile.gate?.direction,
  key: profile.gate?.keys?.map(({ id, file }) => `${id}=${file}`),
  signKey: profile.gate?.sign_key_file,
  protocol: text(profile.gate?.protocol),
  cert: profile.gate?.cert_file,
  keyFile: profile.gate?.cert_key_file,
  ...drive(profile),
});

const drive = ({ gate }: Profile) => ({
  drive: gate?.drive,
  walkAfter: text(gate?.walk_after_ms),
  chip: gate?.chip,
  line: text(gate?.line),
  activeLow: gate?.active_low,
});

const text = (value: number | undefined): string | undefined =>
  value === undefined ? undefined : String(value);

/** What was typed goes before the profile. */
export const withDefaults = <Given extends object, Defaults extends object>(
  given: Given,
  defaults: Defaults,
): Given & Partial<Defaults> => ({ ...compact(defaults), ...compact(given) }) as Given & Partial<Defaults>;

/**
 * Asserts that options are there, all of which may come from a profile.
 * @throws TwinstileError 'bad-arguments' that names every one that is missing.
 */
export function needOptions<Options extends object, Name extends string & keyof Options>(
  verb: string,
  options: Options,
  names: readonly Name[],
): asserts options is Options & { readonly [Key in Name]-?: NonNullable<Options[Key]> } {
  const missing = names.filter((name) => options[name] === undefined).map((name) => `--${name}`);
  if (missing.length === 0) return;
  throw new TwinstileError({
    code: 'bad-arguments',
    message: `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing.`,
    hint: `Type ${missing.length === 1 ? 'it' : 'them'}, or write a profile (docs/OPERATIONS.md, "Profiles"). See: twinstile ${verb} --help`,
  });
}
