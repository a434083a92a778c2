/** Lists what the wizard of a box asks, step by step, as values: each question reads its own answer and names what is wrong with it. */
import { ID_PATTERN } from '../../base/ids.js';
import { readName } from '../../base/names.js';
import { isTopic } from '../../gate/protocol/relay-message.js';

/** Written for "none": an empty line takes the default. */
export const NONE = '-';

export type QuestionName =
  | 'site'
  | 'lane'
  | 'gate'
  | 'direction'
  | 'pack'
  | 'liveness'
  | 'camera'
  | 'broker'
  | 'ca'
  | 'username'
  | 'password-file'
  | 'opener'
  | 'relay-topic'
  | 'relay-button'
  | 'relay-payload'
  | 'relay-ends-by-itself'
  | 'pulse'
  | 'person'
  | 'name'
  | 'photo'
  | 'consent-text';

/** By question; absent: not answered. Every answer was read by its question. */
export type SetupAnswers = Readonly<Partial<Record<QuestionName, string>>>;

export type StepName = 'place' | 'pack' | 'camera' | 'broker' | 'gate' | 'person';

type AnswerRead =
  | { readonly kind: 'answer'; readonly text: string }
  /** One sentence: what was expected. */
  | { readonly kind: 'refused'; readonly fault: string };

export interface Question {
  readonly name: QuestionName;
  /** Also the description of the option of the same name. */
  readonly text: string;
  readonly read: (text: string) => AnswerRead;
  /** Taken where neither the answers nor the configuration have one; absent: there is none, and it must be answered. */
  readonly usual?: string;
  /** Asked only then; always if absent. */
  readonly when?: (answers: SetupAnswers) => boolean;
}

export interface SetupStep {
  readonly name: StepName;
  readonly title: string;
  readonly questions: readonly Question[];
}

const answer = (text: string): AnswerRead => ({ kind: 'answer', text });
const refused = (fault: string): AnswerRead => ({ kind: 'refused', fault });

const matching =
  (pattern: RegExp, expected: string) =>
  (text: string): AnswerRead =>
    pattern.test(text) ? answer(text) : refused(`Expected ${expected}.`);

const id = matching(
  ID_PATTERN,
  '1 to 64 letters, digits, dots, dashes or underscores, a letter or digit first',
);
const choice = (...choices: readonly string[]) =>
  matching(new RegExp(`^(?:${choices.join('|')})$`), `one of ${choices.join(', ')}`);
const orNone =
  (read: Question['read']): Question['read'] =>
  (text) =>
    text === NONE ? answer(text) : read(text);
/** Nothing that a line or a terminal takes for something else. */
const plainText = (text: string): AnswerRead => {
  const read = readName(text);
  return read.kind === 'name' ? answer(read.name) : refused(`Expected a text of one line, got ${read.got}.`);
};
const topic = (text: string): AnswerRead => {
  const read = plainText(text);
  if (read.kind === 'refused' || isTopic(read.text)) return read;
  return refused('Expected a topic without + # or NUL and not starting with $.');
};

const OPENERS = ['gate', 'tasmota', 'shelly', 'esphome', 'zigbee2mqtt', 'topic'] as const;
const CAMERA = 'a device (/dev/video0), csi:0, rtsp://…, http://… or a film';

/** A camera as it is typed: its kind is seen in its form. */
function readCameraAnswer(text: string): AnswerRead {
  const read = plainText(text);
  if (read.kind === 'refused') return refused(`Expected ${CAMERA}.`);
  const isOne =
    /^(?:rtsps?|https?):\/\/\S/.test(read.text) ||
    /^\/dev\/./.test(read.text) ||
    /^csi:(?:\d|1[0-5])$/.test(read.text) ||
    !/^(?:[a-z][a-z0-9+.-]*:\/\/|csi:|\/dev\/?$)/i.test(read.text);
  return isOne ? read : refused(`Expected ${CAMERA}.`);
}

const hasPerson = ({ person }: SetupAnswers): boolean => person !== undefined && person !== NONE;
const opensBy =
  (...kinds: readonly string[]) =>
  ({ opener }: SetupAnswers): boolean =>
    kinds.includes(opener ?? '');

export const SETUP_STEPS: readonly SetupStep[] = [
  {
    name: 'place',
    title: 'Names',
    questions: [
      { name: 'site', text: 'name of the site', read: id },
      { name: 'lane', text: 'name of the lane', read: id },
      { name: 'gate', text: 'name of its gate, as the gate calls itself', read: id },
      { name: 'direction', text: 'which way people walk: in or out', read: choice('in', 'out') },
    ],
  },
  {
    name: 'pack',
    title: 'Model pack',
    questions: [
      {
        name: 'pack',
        text: 'model pack: builtin, mobile (recommended), zoo, or your own',
        read: matching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'the name of a model pack'),
      },
      {
        name: 'liveness',
        text: 'liveness: require, record, off, or pack for what the pack can',
        read: choice('require', 'record', 'off', 'pack'),
      },
    ],
  },
  {
    name: 'camera',
    title: 'Camera',
    questions: [{ name: 'camera', text: CAMERA, read: readCameraAnswer }],
  },
  {
    name: 'broker',
    title: 'Broker',
    questions: [
      {
        name: 'broker',
        text: 'mqtts://HOST:PORT or mqtt://HOST:PORT',
        read: matching(
          /^mqtts?:\/\/[^/@\s\p{C}]+$/u,
          'mqtt://HOST:PORT or mqtts://HOST:PORT, without a login in it',
        ),
      },
      {
        name: 'ca',
        text: 'file (PEM) of the authority that signed the broker, or - for the system’s own',
        read: orNone(plainText),
        when: ({ broker }) => broker?.startsWith('mqtts:') === true,
      },
      { name: 'username', text: 'login at the broker, or - for none', read: orNone(plainText) },
      {
        name: 'password-file',
        text: 'file that holds its password, or - for none',
        read: orNone(plainText),
        when: ({ username }) => username !== undefined && username !== NONE,
      },
    ],
  },
  {
    name: 'gate',
    title: 'Gate or relay',
    questions: [
      {
        name: 'opener',
        text: `what opens: gate (checks grants), or a relay: ${OPENERS.slice(1).join(', ')}`,
        read: choice(...OPENERS),
      },
      {
        name: 'relay-topic',
        text: 'topic, prefix or friendly name of the relay',
        read: topic,
        when: opensBy(...OPENERS.slice(1)),
      },
      {
        name: 'relay-button',
        text: 'esphome: object id of its button',
        read: matching(/^[^+#/$\s\p{C}]{1,64}$/u, 'one segment of a topic, without + # / or $'),
        when: opensBy('esphome'),
      },
      {
        name: 'relay-payload',
        text: 'topic: what is published to open',
        read: plainText,
        when: opensBy('topic'),
      },
      {
        name: 'relay-ends-by-itself',
        text: 'zigbee2mqtt, topic: you tried that it ends a pulse by itself: yes',
        read: matching(/^yes$/, 'yes: a device that stays on until it is told otherwise cannot be used'),
        when: opensBy('zigbee2mqtt', 'topic'),
      },
      {
        name: 'pulse',
        text: 'send a test pulse, which OPENS THE GATE: yes or no',
        read: choice('yes', 'no'),
        usual: 'no',
      },
    ],
  },
  {
    name: 'person',
    title: 'First person',
    questions: [
      { name: 'person', text: 'id of the first person, or - for none now', read: orNone(id), usual: NONE },
      { name: 'name', text: 'name of that person', read: plainText, when: hasPerson },
      {
        name: 'photo',
        text: 'photograph of that person, or camera for looks before it',
        read: plainText,
        when: hasPerson,
      },
      {
        name: 'consent-text',
        text: 'version of the text that the person agreed to, or - for none (no match)',
        read: orNone(plainText),
        usual: NONE,
        when: hasPerson,
      },
    ],
  },
];

export const SETUP_QUESTIONS: readonly Question[] = SETUP_STEPS.flatMap(({ questions }) => questions);
