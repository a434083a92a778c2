/** Decides what a terminal may be sent. */

type Output = { readonly isTTY?: boolean | undefined };
type Environment = Readonly<Record<string, string | undefined>>;

/** Whether it obeys escape sequences that move the cursor and delete lines: a log file, a pipe and TERM=dumb do not. */
export const takesEscapes = (out: Output, env: Environment = process.env): boolean =>
  out.isTTY === true && env.TERM !== 'dumb';

/** Whether to send colours: not where NO_COLOR holds anything (no-color.org), and not where escapes are only shown. */
export const takesColours = (out: Output, env: Environment = process.env): boolean =>
  takesEscapes(out, env) && (env.NO_COLOR ?? '') === '';
