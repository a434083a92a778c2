/**
 * Keeps ONNX Runtime from reporting to its maker.
 *
 * Since 1.30 the library opens a cache of events among the user's files at its first session and uploads it. It reads this
 * variable when it is loaded, so this module is imported before it. The environment's value is overwritten: no
 * setting of a box asks for telemetry.
 */
export const NO_TELEMETRY = 'ORT_DISABLE_TELEMETRY';

process.env[NO_TELEMETRY] = '1';
