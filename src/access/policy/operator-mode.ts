/** Declares the modes that an operator may set for a lane, over all rules. */

/** `lockdown`: the gate stays shut for all. `free-exit`: all may go out, recognised or not; going in is as usual. */
export const OPERATOR_MODES = ['normal', 'lockdown', 'free-exit'] as const;
export type OperatorMode = (typeof OPERATOR_MODES)[number];

export const isOperatorMode = (text: string): text is OperatorMode =>
  OPERATOR_MODES.some((mode) => mode === text);

/** Whether the lane opens without any check: rules, clock and gallery take no part, so that no fault traps a person inside. */
export const isFreeExit = (mode: OperatorMode, direction: 'in' | 'out'): boolean =>
  mode === 'free-exit' && direction === 'out';
