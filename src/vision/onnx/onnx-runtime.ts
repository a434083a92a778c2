/** The only place that loads ONNX Runtime, after its telemetry is switched off: imports are evaluated in this order. */
import './no-telemetry.js';
import ort from 'onnxruntime-node';

export default ort;
