/** Leads through the wizard: asks what is not answered, lets each step try its answers, and offers what to do where one fails. */
import { TwinstileError } from '../../base/errors.js';
import { showSource } from '../../base/shown-address.js';
import { parseConfig } from '../config/parse-config.js';
import { type Finding, failed } from '../doctor/finding.js';
import { placed } from './read-answers-file.js';
import {
  type Question,
  SETUP_STEPS,
  type SetupAnswers,
  type SetupStep,
  type StepName,
} from './setup-questions.js';
import { answersIn, laneIndexOf, writeAnswers } from './write-answers.js';

/** What has been answered so far, and the configuration that comes of it. */
export interface Draft {
  /** Whole: with the defaults of what was not asked yet. */
  readonly answers: SetupAnswers;
  /** Taken by parseConfig. */
  readonly text: string;
}

export interface DialogPorts {
  readonly say: (line: string) => void;
  /** Asks a person; absent where there is none. @throws TwinstileError 'stopped'. */
  readonly ask?: ((prompt: string) => Promise<string>) | undefined;
  /** Tries what a step answered. May throw: the error becomes a finding. */
  readonly attempt: (step: StepName, draft: Draft) => Promise<readonly Finding[]>;
  /** Called once, before the first person is enrolled. */
  readonly save: (draft: Draft) => Promise<void>;
}

export interface DialogWishes {
  /** A configuration that parseConfig takes. */
  readonly base: string;
  /** From options and files: these are not asked. */
  readonly given: SetupAnswers;
  /** Without a person, what is not given is taken from `base`. */
  readonly takesDefaults: boolean;
  /** Without a person, a step that fails is kept. */
  readonly keepsFailed: boolean;
  /** Against which a path that is typed is resolved. */
  readonly folder: string;
}

export type DialogOutcome =
  | { readonly kind: 'done'; readonly kept: readonly StepName[] }
  /** A person chose to stop, or there was none to choose. */
  | { readonly kind: 'stopped'; readonly step: StepName; readonly chosen: boolean };

const MARKS = { good: 'ok     ', warning: 'WARNING', wrong: 'WRONG  ' } as const;
const CHOICE = 'again, keep anyway, or stop? [a/k/s]: ';

/** @throws TwinstileError 'bad-arguments' for what is neither given nor asked, 'stopped', and what `save` throws. */
export async function holdDialog(wishes: DialogWishes, ports: DialogPorts): Promise<DialogOutcome> {
  if (ports.ask === undefined) expectAnswered(wishes);
  const kept: StepName[] = [];
  let answers = wishes.given;
  for (const step of SETUP_STEPS) {
    ports.say(`${step.title}`);
    const ended = await leadThrough(step, answers, wishes, ports);
    if (ended.kind === 'stopped') return ended;
    if (ended.isKept) kept.push(step.name);
    answers = ended.answers;
    // Before the person: people are enrolled where the configuration names.
    if (step.name === 'gate') await ports.save({ answers, text: writeAnswers(wishes.base, answers) });
  }
  return { kind: 'done', kept };
}

type StepEnd =
  | { readonly kind: 'went'; readonly answers: SetupAnswers; readonly isKept: boolean }
  | Extract<DialogOutcome, { readonly kind: 'stopped' }>;

async function leadThrough(
  step: SetupStep,
  given: SetupAnswers,
  wishes: DialogWishes,
  ports: DialogPorts,
): Promise<StepEnd> {
  const { ask } = ports;
  let answers = given;
  let again = false;
  for (;;) {
    answers = await answerStep(step, answers, { ...wishes, again }, ports);
    const findings = await tried(step, answers, wishes, ports);
    for (const finding of findings) showFinding(ports, finding);
    const isWell = !findings.some(({ verdict }) => verdict === 'wrong');
    if (isWell) return { kind: 'went', answers, isKept: false };
    const chosen = ask === undefined ? (wishes.keepsFailed ? 'k' : 's') : await choose(ask);
    // What the configuration cannot hold cannot be kept.
    const canKeep = isWhole(wishes.base, answers);
    if (chosen === 'k' && canKeep) return { kind: 'went', answers, isKept: true };
    if (chosen === 's' || ask === undefined)
      return { kind: 'stopped', step: step.name, chosen: ask !== undefined };
    again = true;
  }
}

async function choose(ask: (prompt: string) => Promise<string>): Promise<'a' | 'k' | 's'> {
  for (;;) {
    const letter = (await ask(CHOICE)).trim().toLowerCase().charAt(0);
    if (letter === 'a' || letter === 'k' || letter === 's') return letter;
  }
}

async function tried(
  { name }: SetupStep,
  answers: SetupAnswers,
  { base }: DialogWishes,
  { attempt }: DialogPorts,
): Promise<readonly Finding[]> {
  try {
    return await attempt(name, { answers, text: writeAnswers(base, answers) });
  } catch (error) {
    if (error instanceof TwinstileError && error.code === 'stopped') throw error;
    return [failed(name, error)];
  }
}

function isWhole(base: string, answers: SetupAnswers): boolean {
  try {
    writeAnswers(base, answers);
    return true;
  } catch {
    return false;
  }
}

const showFinding = ({ say }: DialogPorts, { verdict, about, detail, todo }: Finding): void => {
  say(`${MARKS[verdict]}  ${about}: ${detail}`);
  if (todo !== undefined) say(`         -> ${todo}`);
};

async function answerStep(
  { questions }: SetupStep,
  given: SetupAnswers,
  { base, folder, again }: DialogWishes & { readonly again: boolean },
  { ask, say }: DialogPorts,
): Promise<SetupAnswers> {
  let answers = given;
  for (const question of questions) {
    const known = defaultsOf(base, answers);
    if (question.when?.({ ...known, ...answers }) === false) continue;
    const usual = answers[question.name] ?? known[question.name] ?? question.usual;
    const isGiven = answers[question.name] !== undefined;
    if (ask !== undefined && (again || !isGiven)) {
      const typed = await askOne(question, usual, ask, say);
      // A default is relative to the configuration.
      answers = {
        ...answers,
        [question.name]: typed === usual ? typed : placed(question.name, typed, folder),
      };
    } else if (usual !== undefined) answers = { ...answers, [question.name]: usual };
  }
  return answers;
}

/** Of the lane that is named, as soon as it is. */
function defaultsOf(base: string, { lane }: SetupAnswers): SetupAnswers {
  const config = parseConfig(base);
  const isKnown = config.lanes.length > 1 && config.lanes.every(({ id }) => id !== lane);
  return answersIn(config, laneIndexOf(config, isKnown ? undefined : lane));
}

async function askOne(
  question: Question,
  usual: string | undefined,
  ask: (prompt: string) => Promise<string>,
  say: (line: string) => void,
): Promise<string> {
  const { name, text, read } = question;
  say(`  ${text}`);
  // The address of a camera may hold its login.
  const shown = usual === undefined ? '' : ` [${name === 'camera' ? showSource(usual) : usual}]`;
  for (;;) {
    const typed = (await ask(`  ${name}${shown}: `)).trim();
    if (typed === '' && usual !== undefined) return usual;
    const result = read(typed);
    if (result.kind === 'answer') return result.text;
    say(`  ${result.fault}`);
  }
}

/** Lists everything that is missing before anything is tried. */
function expectAnswered({ base, given, takesDefaults }: DialogWishes): void {
  const known = { ...defaultsOf(base, given), ...given };
  const missing = SETUP_STEPS.flatMap(({ questions }) =>
    questions.filter(({ name, usual, when }) => {
      if (given[name] !== undefined || when?.(known) === false) return false;
      return !(takesDefaults ? (known[name] ?? usual) !== undefined : usual !== undefined);
    }),
  ).map(({ name }) => name);
  if (missing.length === 0) return;
  throw new TwinstileError({
    code: 'bad-arguments',
    message: `Expected a terminal to ask at, or answers for ${missing.join(', ')}, got neither.`,
    hint: `Give them as options or in --answers FILE.${takesDefaults ? '' : ' With --yes what the configuration has already is taken.'} Nothing was changed.`,
  });
}
