/** What an operator has ordered for a lane, over all rules. */

/** `lockdown`: nobody passes. `free-exit`: everybody may go out, recognised or not; going in is as usual. */
export const OPERATOR_MODES = ['normal', 'lockdown', 'free-exit'] as const;
export type OperatorMode = (typeof OPERATOR_MODES)[number];

export const isOperatorMode = (text: string): text is OperatorMode =>
  OPERATOR_MODES.some((mode) => mode === text);

/** Whether the lane lets everybody through without looking: rules, clock and gallery take no part, so that no fault traps anybody. */
export const isFreeExit = (mode: OperatorMode, direction: 'in' | 'out'): boolean =>
  mode === 'free-exit' && direction === 'out';
