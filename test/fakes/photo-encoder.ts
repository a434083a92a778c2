/** An encoder for photographs that are JSON: {"faces":[{"vector":[1,0],"height":100,"problems":[]}]}. */
import type { QualityProblem } from '../../src/vision/detection/quality.js';
import type { PhotoEncoder, PhotoFace } from '../../src/vision/ports/vision.js';

export interface FakeFace {
  readonly vector: readonly number[];
  /** Of its box, in pixels; 100 when absent. */
  readonly height?: number;
  readonly problems?: readonly QualityProblem[];
}

export const fakePhoto = (...faces: readonly FakeFace[]): Uint8Array =>
  Buffer.from(JSON.stringify({ faces }));

export interface FakeEncoder extends PhotoEncoder {
  readonly encoded: number;
}

/** @param before is awaited for each photograph, by its number from 1; what it throws is thrown. */
export function fakeEncoder(before: (count: number) => Promise<void> = async () => {}): FakeEncoder {
  let encoded = 0;
  return {
    get encoded() {
      return encoded;
    },
    async encode(photo) {
      encoded += 1;
      await before(encoded);
      let content: { readonly faces: readonly FakeFace[] };
      try {
        content = JSON.parse(Buffer.from(photo).toString());
      } catch {
        // As a real one would say of bytes that are no picture.
        return { kind: 'unreadable', detail: 'Expected a photograph, got something else.' };
      }
      return { kind: 'faces', faces: content.faces.map(faceOf) };
    },
    close: async () => {},
  };
}

function faceOf({ vector, height = 100, problems = [] }: FakeFace): PhotoFace {
  const box = { x: 0, y: 0, width: 0.8 * height, height };
  return { box, interOcular: height / 2.5, problems, embedding: Float32Array.from(vector) };
}
