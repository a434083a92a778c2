/** Formats as a sentence what a lane answered to an operator's command. Pure. */
import type { Operation } from '../../gate/operator-command/operator-messages.js';

interface Asked {
  readonly operation: Operation;
  readonly argument: string | undefined;
  readonly lane: string;
}

/** Whatever a lane put into its answer; only `result` is always there. */
interface Answer {
  readonly result: string;
  readonly reason?: string;
  readonly hint?: string;
  readonly [field: string]: unknown;
}

/** @returns one line, and a second one that begins with "  -> " where there is something to do. */
export function answerLines(asked: Asked, answer: object & { readonly result: string }): readonly string[] {
  const { reason, hint, ...facts }: Answer = answer;
  if (answer.result === 'ok') return doneLines(asked, facts);
  const verb = answer.result === 'failed' ? 'could not' : 'refused to';
  const why = reason === undefined ? 'no reason was said' : (REASONS[reason] ?? reason);
  const todo = hint ?? (reason === undefined ? undefined : TODO[reason]);
  return [
    `${asked.lane} ${verb} ${DOES[asked.operation]}: ${why}${reason !== undefined && reason in REASONS ? ` (${reason})` : ''}.`,
    ...(todo === undefined ? [] : [`  -> ${todo}`]),
  ];
}

const DOES: Readonly<Record<Operation, string>> = {
  open: 'open',
  lockdown: 'lock down',
  mode: 'change its mode',
  reset: 'clear anti-passback',
  reload: 'read its rules anew',
  sync: 'look for a newer gallery',
  erase: 'erase the person',
  snapshot: 'give a picture',
  dispute: 'take the dispute',
};

function doneLines({ operation, argument, lane }: Asked, facts: Answer): readonly string[] {
  switch (operation) {
    case 'open':
      return [
        facts.outcome === 'pulsed'
          ? `${lane}: the relay was told to open; it does not say whether the door did.`
          : `${lane}: the gate opened.`,
      ];
    case 'lockdown':
    case 'mode': {
      const mode = typeof facts.mode === 'string' ? facts.mode : (argument ?? operation);
      return [
        `${lane} is in mode ${mode} from now on.`,
        ...(facts.saved === false
          ? ['  -> It was not stored and ends with a restart: look at the disk.']
          : []),
      ];
    }
    case 'reset':
      return [`${lane}: anti-passback of ${argument ?? 'everybody'} is cleared.`];
    case 'reload':
      return reloadLines(lane, facts);
    case 'sync':
      return [`${lane} looks for a newer gallery now; its state says when it has it.`];
    case 'erase':
      return facts.complete === false
        ? [
            `${argument} is erased from the gallery, but something is left.`,
            '  -> Look into the log of the box.',
          ]
        : [`${argument} is erased from everything that the box holds.`];
    case 'snapshot':
      return [`${lane}: the picture (${facts.width}x${facts.height}) is in ${facts.file}.`];
    case 'dispute':
      return disputeLines(facts);
  }
}

function reloadLines(lane: string, { applied, restart_needed: later }: Answer): readonly string[] {
  return [
    `${lane} has read its configuration: ${listed(applied) ?? 'nothing'} is new.`,
    ...(listed(later) === undefined ? [] : [`  -> Restart the service for: ${listed(later)}.`]),
  ];
}

const listed = (value: unknown): string | undefined =>
  Array.isArray(value) && value.length > 0 ? value.join(', ') : undefined;

function disputeLines({ dispute, person, until, in_force: inForce }: Answer): readonly string[] {
  return [
    `Dispute ${dispute}: ${person} needs more at this lane until ${until}.`,
    ...(inForce === false
      ? ['  -> It waits for a second dispute: by itself it would leave the person without any way in.']
      : []),
  ];
}

/** What an operator can do something about; others are shown as they are. */
const REASONS: Readonly<Record<string, string>> = {
  'not-signed': 'the command was not signed',
  'unknown-operator': 'it knows no operator of that name',
  'bad-signature': 'the signature is not that operator’s',
  'stale-challenge': 'the command came too late',
  'not-allowed': 'this operator may not order that',
  'too-many': 'too many commands within a second',
  'journal-failed': 'its journal cannot be written',
  'gate-offline': 'the gate is offline',
  'gate-unreachable': 'the gate did not answer; it may have opened or not',
  unconfirmed: 'the gate does not know whether it opened',
  'broker-disconnected': 'it lost the broker',
  busy: 'it is busy with another passage',
  lockdown: 'it is locked down',
  'snapshot-off': 'pictures are off at this site',
  'camera-not-live': 'its camera gives no picture',
  'no-source': 'it follows no fleet',
  'person-unknown': 'nobody of that id is enrolled here',
  'erase-at-registrar': 'this person comes from the fleet’s registrar',
  'not-disputable': 'that decision cannot be disputed',
};

const TODO: Readonly<Record<string, string>> = {
  'unknown-operator': 'Name one of commands.operators with --operator.',
  'bad-signature': 'Use the private key whose .pub file is in commands.operators.',
  'not-allowed': 'Ask for it in `permissions` of this operator.',
  lockdown: 'Order: twinstile command mode normal',
  'snapshot-off': 'privacy: { snapshot: allowed } in the configuration of the box, then a restart.',
  'erase-at-registrar': 'Erase there: twinstile people erase ID, then twinstile gallery publish.',
};
