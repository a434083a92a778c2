/** What a command leaves behind when it fails: one sentence with an order, and the exit code of its class. */
import { CommanderError } from 'commander';
import { explain, TwinstileError } from '../base/errors.js';
import { exitCodeOf } from '../base/exit-code.js';
import { printable } from '../base/names.js';
import { withoutAddresses } from '../base/shown-address.js';
import { systemFailure } from '../base/system-error.js';
import { faultOfBindings } from '../platform/native-bindings.js';

interface Ending {
  /** Absent where the words were explained already, or help was asked for. */
  readonly text?: string;
  readonly exitCode: number;
}

/** Expected failures are explained; anything else is a defect and shows where it happened. */
export function endingOf(error: unknown): Ending {
  if (error instanceof CommanderError)
    return { exitCode: exitCodeOf(error.exitCode === 0 ? 'done' : 'usage') };
  const known = error instanceof TwinstileError ? error : (bindingFailure(error) ?? systemFailure(error));
  const text = known === undefined ? withoutAddresses(stackOf(error)) : explain(known);
  return { text: printable(text), exitCode: exitCodeOf(known ?? 'broken') };
}

/** Shortens the page of text that comes with a compiled part that cannot be loaded. */
function bindingFailure(error: unknown): TwinstileError | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const isLoading = code === 'ERR_DLOPEN_FAILED' || code === 'MODULE_NOT_FOUND';
  return isLoading || /bindings file/.test(String(error)) ? faultOfBindings() : undefined;
}

/** The stack alone: what Node appends to it may be an address with its login. */
function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
