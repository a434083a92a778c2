/** The only place that loads ONNX Runtime, after its telemetry is switched off: imports are evaluated in this order. */
import './no-telemetry.js';
import ort from 'onnxruntime-node';

export default ort;

/** The library's own answer, "1.30.0". */
export const onnxRuntimeVersion = (): string => ort.env.versions.node ?? 'unknown';
