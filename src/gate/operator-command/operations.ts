/** Lists the operations of an operator over MQTT. Codes are API: never renamed. */

export const OPERATIONS = [
  'open',
  'lockdown',
  'mode',
  'reset',
  'reload',
  'sync',
  'erase',
  'snapshot',
] as const;
export type Operation = (typeof OPERATIONS)[number];

export const isOperation = (name: string): name is Operation => OPERATIONS.some((one) => one === name);

/** Permissions of an operator without configured ones: no operation that cannot be undone, and none that shows a person. */
export const DEFAULT_OPERATIONS: readonly Operation[] = [
  'open',
  'lockdown',
  'mode',
  'reset',
  'reload',
  'sync',
];

/** What comes with an operation, if anything does: one text, part of what is signed. */
export const ARGUMENT_OF: Readonly<Partial<Record<Operation, 'mode' | 'person'>>> = {
  mode: 'mode',
  reset: 'person',
  erase: 'person',
};
