/**
 * The shell script that holds a GPIO line for a pulse and sets it back.
 *
 * A process of its own, so that the pulse ends also when the actuator is killed. Setting back is not left to the kernel:
 * where `persist_gpio_outputs` is on, as on a Raspberry Pi, a line that is let go stays as it was, and the gate open.
 * The script is constant and takes its values from the environment: nothing is ever pasted into it.
 */
export type Libgpiod = '1' | '2';

/** Exit codes over 128 are signals: it was asked to end early. With any other the line was never taken. */
const FRAME = `
child=
trap 'kill "$child"' TERM
hold & child=$!
wait "$child"; status=$?
trap '' TERM
wait "$child"
if [ "$status" = 0 ] || [ "$status" -gt 128 ]; then release; fi
exit "$status"
`;

/** By major version of libgpiod, whose options changed. Of 2, the period 0 after the first one ends the program. */
export const HOLD_LINE: Readonly<Record<Libgpiod, string>> = {
  '1': `
hold() { exec "$GPIOSET" $FLAGS -m time -s "$SECONDS_WHOLE" -u "$MICROSECONDS" "$CHIP" "$LINE=1"; }
release() { "$GPIOSET" $FLAGS "$CHIP" "$LINE=0"; }
${FRAME}`,
  '2': `
hold() { exec "$GPIOSET" $FLAGS -t "\${MS}ms,0" -c "$CHIP" "$LINE=1"; }
release() { "$GPIOSET" $FLAGS -t 0 -c "$CHIP" "$LINE=0"; }
${FRAME}`,
};
