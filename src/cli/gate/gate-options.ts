/** Reads and checks the options of `twinstile gate`. */
import { TwinstileError } from '../../base/errors.js';
import { type GateId, gateId, ID_PATTERN, type LaneId, laneId, type SiteId, siteId } from '../../base/ids.js';
import { showAddress } from '../../base/shown-address.js';
import { type Millis, millis } from '../../base/units.js';
import type { GateSigner } from '../../gate/protocol/answer-writer.js';
import type { Direction, GateProtocol } from '../../gate/protocol/grant-bytes.js';
import {
  type SigningKey,
  signingKey,
  type VerifyingKey,
  verifyingKey,
} from '../../gate/protocol/signature.js';
import { MAX_KEY_FILE, readPlainFile } from '../../platform/plain-file.js';

interface RawPlaceOptions {
  readonly site?: string;
  readonly lane?: string;
  readonly gate?: string;
  readonly direction?: string;
}

interface RawKeyOptions {
  readonly key?: readonly string[];
  readonly signKey?: string;
  readonly protocol?: string;
}

interface RawBrokerOptions {
  readonly broker?: string;
  readonly username?: string;
  readonly passwordFile?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly keyFile?: string;
}

interface RawDriveOptions {
  readonly drive?: string;
  readonly walkAfter?: string;
  readonly chip?: string;
  readonly line?: string;
  readonly activeLow?: boolean;
}

/** As commander hands them over. */
export interface RawGateOptions extends RawPlaceOptions, RawKeyOptions, RawBrokerOptions, RawDriveOptions {}

export type DriveChoice =
  | { readonly kind: 'simulator'; readonly walkAfter?: Millis }
  | { readonly kind: 'command'; readonly program: string; readonly args: readonly string[] }
  | { readonly kind: 'gpio'; readonly chip: string; readonly line: number; readonly activeLow: boolean };

export interface GateOptions {
  readonly site: SiteId;
  readonly lane: LaneId;
  readonly gate: GateId;
  readonly direction: Direction;
  readonly broker: string;
  readonly keys: readonly { readonly id: string; readonly file: string }[];
  readonly protocol: GateProtocol;
  /** File of the key that signs answers. Absent: a shared HMAC key does. */
  readonly signKey: string | undefined;
  readonly drive: DriveChoice;
}

const EXAMPLE =
  'For example: twinstile gate --site head-office --lane north --gate north-1 --direction in --broker mqtt://127.0.0.1:1883 --key head-office-1=grant.pub --sign-key gate.key';
/** Of each kind of drive, the options that only it understands. */
const OWN_OPTIONS = {
  simulator: ['walkAfter'],
  command: [],
  gpio: ['chip', 'line', 'activeLow'],
} as const satisfies Record<DriveChoice['kind'], readonly (keyof RawDriveOptions)[]>;

/**
 * @param program what follows `--`.
 * @throws TwinstileError 'bad-arguments'.
 */
export function readGateOptions(raw: RawGateOptions, program: readonly string[]): GateOptions {
  const { site, lane, gate, direction, broker, key = [] } = raw;
  const needed = { site, lane, gate, direction, broker, key: key[0] };
  const missing = Object.entries(needed).flatMap(([name, value]) =>
    value === undefined ? [`--${name}`] : [],
  );
  if (
    site === undefined ||
    lane === undefined ||
    gate === undefined ||
    direction === undefined ||
    broker === undefined ||
    key.length === 0
  )
    throw bad(
      '--site, --lane, --gate, --direction, --broker and --key',
      `no ${missing.join(', no ')}`,
      EXAMPLE,
    );
  if (direction !== 'in' && direction !== 'out')
    throw bad('--direction in or out', direction, 'Name the way in which people walk.');
  if (!/^mqtts?:\/\/[^/@\s]+$/.test(broker))
    throw bad(
      '--broker mqtt://HOST:PORT or mqtts://HOST:PORT',
      showAddress(broker, { mark: true }),
      'Give a login with --username and --password-file.',
    );
  return {
    site: siteId(name('--site', site)),
    lane: laneId(name('--lane', lane)),
    gate: gateId(name('--gate', gate)),
    direction,
    broker,
    keys: keysFrom(key),
    ...signingFrom(raw),
    drive: driveFrom(raw, program),
  };
}

function keysFrom(given: readonly string[]): GateOptions['keys'] {
  const keys = given.map((text) => {
    const cut = text.indexOf('=');
    const [id, file] = [text.slice(0, Math.max(cut, 0)), text.slice(cut + 1)];
    if (cut < 1 || file === '' || !ID_PATTERN.test(id))
      throw bad('--key ID=FILE', text, 'ID is grants.key_id of the lane, FILE the .pub file beside its key.');
    return { id, file };
  });
  const twice = keys.find(({ id }, index) => keys.findIndex((one) => one.id === id) !== index);
  if (twice !== undefined)
    throw bad('each key once', `--key ${twice.id}=… twice`, 'Give a new key an id of its own.');
  return keys;
}

function signingFrom({ protocol = '2', signKey }: RawKeyOptions): Pick<GateOptions, 'protocol' | 'signKey'> {
  if (protocol !== '1' && protocol !== '2')
    throw bad('--protocol 1 or 2', protocol, 'Leave it out: 2 is the one whose answers are signed.');
  if (protocol === '2') return { protocol: 2, signKey };
  if (signKey === undefined) return { protocol: 1, signKey };
  throw bad(
    '--sign-key with --protocol 2',
    '--protocol 1',
    'Version 1 signs no answers: leave one of them out.',
  );
}

function driveFrom(raw: RawDriveOptions, program: readonly string[]): DriveChoice {
  const kind = raw.drive ?? 'simulator';
  if (kind !== 'simulator' && kind !== 'command' && kind !== 'gpio')
    throw bad('--drive simulator, command or gpio', kind, 'Leave it out to try the gate without hardware.');
  for (const [other, options] of Object.entries(OWN_OPTIONS))
    for (const option of options)
      if (other !== kind && raw[option] !== undefined)
        throw bad(`--${dashed(option)} with --drive ${other}`, `--drive ${kind}`, 'Leave one of them out.');
  const [first, ...args] = program;
  if (kind !== 'command' && first !== undefined)
    throw bad('a program only with --drive command', `--drive ${kind} and ${first}`, 'Add --drive command.');
  switch (kind) {
    case 'simulator':
      return raw.walkAfter === undefined
        ? { kind }
        : { kind, walkAfter: millis(wholeNumber('--walk-after', raw.walkAfter, 60_000)) };
    case 'command':
      if (first !== undefined) return { kind, program: first, args };
      throw bad(
        'a program',
        'none',
        'Put it at the end: --drive command -- /usr/local/bin/open-gate --relay 2',
      );
    case 'gpio':
      if (raw.chip === undefined || raw.line === undefined)
        throw bad('--chip and --line', 'not both', 'gpioinfo lists them: --chip gpiochip0 --line 17');
      return {
        kind,
        chip: name('--chip', raw.chip.replace(/^\/dev\//, '')),
        line: wholeNumber('--line', raw.line, 1023),
        activeLow: raw.activeLow === true,
      };
  }
}

function name(option: string, value: string): string {
  if (ID_PATTERN.test(value)) return value;
  throw bad(
    `${option} of 1 to 64 letters, digits, dots, dashes or underscores, a letter or digit first`,
    JSON.stringify(value),
    'Use the name from the configuration of the lane.',
  );
}

function wholeNumber(option: string, text: string, most: number): number {
  if (/^\d{1,6}$/.test(text) && Number(text) <= most) return Number(text);
  throw bad(`${option} as a whole number, 0 to ${most}`, JSON.stringify(text), 'Write the number alone.');
}

function dashed(option: string): string {
  return option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function bad(expected: string, got: string, hint: string): TwinstileError {
  return new TwinstileError({ code: 'bad-arguments', message: `Expected ${expected}, got ${got}.`, hint });
}

/** The keys of `twinstile gate`: those that grants are checked with, and the one that answers are signed with. */
interface GateKeys {
  readonly verifying: readonly VerifyingKey[];
  readonly signer: GateSigner;
}

/** @throws TwinstileError 'key-unusable', or 'bad-arguments' when nothing can sign the answers. */
export async function readGateKeys({ keys, protocol, signKey }: GateOptions): Promise<GateKeys> {
  const read = await Promise.all(
    keys.map(async ({ id, file }) => {
      const content = await contentOf(`the key ${id}`, file, 'Copy the .pub file of the lane there.');
      // The file itself shows its kind: 32 bytes are an HMAC key, everything else must be a public key.
      const isShared = content.length === 32;
      const verifying = keyIn(file, () => verifyingKey(id, isShared ? 'hmac-sha256' : 'ed25519', content));
      return isShared ? { verifying, shared: signingKey(id, 'hmac-sha256', content) } : { verifying };
    }),
  );
  const verifying = read.map((one) => one.verifying);
  const shared = read.flatMap((one) => one.shared ?? []);
  if (protocol === 1) return { verifying, signer: { protocol, shared } };
  if (signKey !== undefined)
    return { verifying, signer: { protocol, shared, own: await signingKeyIn(signKey) } };
  if (shared.length > 0) return { verifying, signer: { protocol, shared } };
  throw new TwinstileError({
    code: 'bad-arguments',
    message: 'Expected --sign-key, got none: the answers of this gate must be signed.',
    hint: 'Make a key with: twinstile keys new gate --out DIR. Only for a lane that cannot check them: --protocol 1.',
  });
}

async function signingKeyIn(file: string): Promise<SigningKey> {
  const content = await contentOf(
    'the key of the gate',
    file,
    'Make one with: twinstile keys new gate --out DIR',
  );
  return signingKey('gate', content.length === 32 ? 'hmac-sha256' : 'ed25519', content);
}

async function contentOf(what: string, file: string, hint: string): Promise<Buffer> {
  try {
    return await readPlainFile(file, { maxBytes: MAX_KEY_FILE });
  } catch (cause) {
    throw new TwinstileError({
      code: 'key-unusable',
      message: `${file} cannot be read; it should hold ${what}.`,
      hint,
      cause,
    });
  }
}

/** Names the file of a key that cannot be used. */
function keyIn<Key>(file: string, read: () => Key): Key {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof TwinstileError)) throw cause;
    throw new TwinstileError({
      code: cause.code,
      message: `The key at ${file} cannot be used: ${cause.message}`,
      hint: cause.hint,
      cause,
    });
  }
}
