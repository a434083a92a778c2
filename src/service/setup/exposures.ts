/** Lists what the configuration leaves open without proof, and directions that are closed to people without a usable face. */
import { askedBy, type CredentialPolicy } from '../../access/policy/credentials.js';
import type { ModelCard } from '../../biometrics/model-card.js';
import type { Config } from '../config/config-schema.js';
import type { LaneConfig } from '../config/sections/lane-section.js';
import { mustRequire } from './configured-rules.js';

/** API: these codes are never renamed. */
export type ExposureCode =
  | 'photographs'
  | 'document-without-liveness'
  | 'impostors-at-camera'
  | 'unsigned-relay'
  | 'unsigned-gate'
  | 'unsigned-commands'
  | 'plain-mqtt'
  | 'no-broker-login';

export interface Exposure {
  readonly code: ExposureCode;
  /** Absent when it applies to every lane. */
  readonly lane?: string;
  /** The possible consequence. */
  readonly sentence: string;
  /** How to close it, in the imperative. */
  readonly todo: string;
}

/**
 * Pure. It cannot detect whether the broker has an access list; doctor tests that.
 * @param card of the pack in use.
 */
export function exposuresOf(config: Config, card: Pick<ModelCard, 'name' | 'liveness'>): readonly Exposure[] {
  return [
    ...config.lanes.flatMap((lane) => laneExposures(lane, config, card)),
    ...commandExposures(config),
    ...(config.lanes.length === 0 ? [] : brokerExposures(config)),
  ];
}

/** Codes for one lane's state, without duplicates. */
export const codesFor = (exposures: readonly Exposure[], lane: string): readonly ExposureCode[] => [
  ...new Set(exposures.filter((one) => one.lane === undefined || one.lane === lane).map(({ code }) => code)),
];

/** Formats an exposure as one line, for the log and `config check`. */
export const formatExposure = ({ code, lane, sentence }: Exposure): string =>
  `${code}${lane === undefined ? '' : ` (lane ${lane})`}: ${sentence}`;

function laneExposures(
  lane: LaneConfig,
  config: Config,
  card: Pick<ModelCard, 'name' | 'liveness'>,
): readonly Exposure[] {
  const asked = askedAt(lane, config);
  const needsNoLife =
    (asked.faceAlone && !mustRequire(lane, card, 'identification')) ||
    (asked.badgeThenFace && !mustRequire(lane, card, 'verification'));
  const takesPassPhoto = lane.verification !== 'off' && lane.verification.document_photo === 'allowed';
  const found: readonly (Omit<Exposure, 'lane'> | false)[] = [
    needsNoLife && photographs(asked.faceAlone, card),
    takesPassPhoto && !mustRequire(lane, card, 'verification') && DOCUMENT_PHOTO,
    asked.faceAlone && !isMeasuredHere(config) && UNKNOWN_SENDERS,
    lane.relay !== undefined && relay(lane.relay.kind),
    lane.gate_protocol === 1 && UNSIGNED_GATE,
  ];
  return found.flatMap((one) => (one === false ? [] : [{ ...one, lane: lane.id }]));
}

interface Ways {
  readonly faceAlone: boolean;
  readonly badgeThenFace: boolean;
}

/** Finds what a lane leaves open at any time of its schedule. */
function askedAt({ id, identification, verification }: LaneConfig, { access }: Config): Ways {
  const policies = policiesAt(id, access);
  if (policies.length === 0)
    return { faceAlone: identification !== 'off', badgeThenFace: verification !== 'off' };
  const asked = policies.map(askedBy);
  return {
    faceAlone: asked.some(({ faceAlone }) => faceAlone),
    badgeThenFace: asked.some(({ badgeThenFace }) => badgeThenFace),
  };
}

/** Empty when the lane's own rules define the required credentials. */
function policiesAt(lane: string, access: Config['access']): readonly CredentialPolicy[] {
  const entry = access?.lanes.find(({ id }) => id === lane);
  if (entry?.credentials === undefined) return [];
  return [entry.credentials, ...entry.exceptions.map(({ credentials }) => credentials)];
}

function photographs(
  faceAlone: boolean,
  { name, liveness }: Pick<ModelCard, 'name' | 'liveness'>,
): Omit<Exposure, 'lane'> {
  const what = faceAlone ? '' : ' with their badge';
  return {
    code: 'photographs',
    sentence:
      liveness.length === 0
        ? `A photograph or film of somebody enrolled opens${what}: pack ${name} cannot tell a face from a picture of one.`
        : `A photograph or film of somebody enrolled opens${what}: liveness is not required at all times.`,
    todo:
      liveness.length === 0
        ? 'Take a pack that can tell (twinstile models pull mobile; models.pack: mobile; enroll everybody anew).'
        : 'Set liveness.mode: require for the lane, and for each of its by_schedule.',
  };
}

const DOCUMENT_PHOTO: Omit<Exposure, 'lane'> = {
  code: 'document-without-liveness',
  sentence:
    'A visitor is let in by the photograph in their pass, and whoever has that photograph can hold it before the camera: liveness is not required.',
  todo: 'Require liveness for the lane (liveness.mode: require), or set verification.document_photo: "off".',
};

const isMeasuredHere = ({ models, adaptation }: Config): boolean =>
  models.calibration !== undefined || adaptation.mode === 'use';

const UNKNOWN_SENDERS: Omit<Exposure, 'lane'> = {
  code: 'impostors-at-camera',
  sentence:
    'A stranger’s face at this camera may be taken for somebody enrolled more often than the rules say: what distances mean was measured at other cameras.',
  todo: 'Measure this site (twinstile calibrate -c FILE, then models.calibration), or let lanes adapt (adaptation.mode: use), or ask for badge and face.',
};

const UNSIGNED_GATE: Omit<Exposure, 'lane'> = {
  code: 'unsigned-gate',
  sentence: 'Whoever may publish on the topics of the gate speaks for it: its answers are not signed.',
  todo: 'Give it a key (twinstile keys new gate, then gate_key_file) and take gate_protocol: 1 away.',
};

const relay = (kind: string): Omit<Exposure, 'lane'> => ({
  code: 'unsigned-relay',
  sentence: `Whoever may publish to the ${kind} relay’s topic opens the gate: it checks no signature.`,
  todo: 'Let twinstile gate drive it, which checks each grant; or let nobody but this box publish to its topic (docs/RELAYS.md).',
});

function commandExposures({ commands }: Config): readonly Exposure[] {
  const users = commands.trust_broker ? commands.broker_users : [];
  if (users.length === 0) return [];
  return [
    {
      code: 'unsigned-commands',
      sentence: `Orders of ${users.map(({ id }) => id).join(', ')} are believed without a signature: whoever has their login at the broker gives them, and so does whoever the access list forgets.`,
      todo: 'Let them sign (commands.operators, twinstile keys new operator).',
    },
  ];
}

function brokerExposures({ mqtt }: Config): readonly Exposure[] {
  const isLoopback = /^mqtts?:\/\/(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i.test(mqtt.url);
  const isPlain = /^mqtt:/i.test(mqtt.url) && !isLoopback;
  const hasLogin = mqtt.username !== undefined || mqtt.cert_file !== undefined;
  return [
    ...(isPlain
      ? [
          {
            code: 'plain-mqtt' as const,
            sentence:
              'Plain MQTT: whoever is on the network reads badges, decisions and the login at the broker, and can speak for a reader.',
            todo: 'Give the broker a certificate and set mqtt.url: mqtts://… with mqtt.ca_file.',
          },
        ]
      : []),
    ...(hasLogin
      ? []
      : [
          {
            code: 'no-broker-login' as const,
            sentence:
              'No login at the broker, so that no access list can hold: whoever reaches it can present badges, give orders by hand and flood the lanes.',
            todo: 'Give each program a login and the broker the access list of docs/PROTOCOL.md; then mqtt.username and mqtt.password_file.',
          },
        ]),
  ];
}

interface NoWay {
  readonly direction: 'in' | 'out';
  readonly lanes: readonly string[];
  readonly sentence: string;
  readonly todo: string;
}

/**
 * Checks that people without a usable face can pass: without consent, with consent withdrawn, or with a face that no camera
 * reads.
 * Pure. A direction is open to them when one of its lanes accepts a badge alone at all times.
 */
export function withoutFaceFreeWay({ lanes, access }: Config): readonly NoWay[] {
  return (['in', 'out'] as const).flatMap((direction) => {
    const those = lanes.filter((lane) => lane.direction === direction).map(({ id }) => id);
    const isOpen = those.some((id) => {
      const policies = policiesAt(id, access);
      return policies.length > 0 && policies.every((policy) => askedBy(policy).badgeAlone);
    });
    if (those.length === 0 || isOpen) return [];
    return [
      {
        direction,
        lanes: those,
        sentence: `Nobody without a face can go ${direction}: no lane (${those.join(', ')}) takes a badge alone at all times.`,
        todo: 'Set credentials: badge-or-face or badge-only for one of them under access.lanes, or have another way beside it (docs/PRIVACY.md).',
      },
    ];
  });
}
