/** What the compiled module (scripts/native/opencv/module.cc) offers: the calls of OpenCV that are made here, by OpenCV's own names. */

interface Pixels {
  readonly rows: number;
  readonly cols: number;
  readonly channels: number;
  readonly empty: boolean;
  /** A copy of the pixels, row by row. */
  getData(): Buffer;
  /** The same pixels, not a copy: lives on when this one is released. */
  getRegion(region: Rect): Mat;
  copy(): Mat;
  /** Into the pixels of another one, of the same size and kind: those of a region above all. */
  copyTo(other: Mat): void;
  /** Writes one pixel of eight bits a channel. */
  set(row: number, col: number, value: readonly number[]): void;
  release(): void;
}

/** Each gives a new one. */
interface Changed {
  resize(rows: number, cols: number, fx?: number, fy?: number, interpolation?: number): Mat;
  warpAffine(matrix: Mat, size: Size, interpolation?: number, border?: number): Mat;
  cvtColor(code: number): Mat;
  convertTo(type: number, gain?: number, offset?: number): Mat;
  gaussianBlur(kernel: Size, sigma: number): Mat;
  flip(code: number): Mat;
  rotate(code: number): Mat;
  copyMakeBorder(
    top: number,
    bottom: number,
    left: number,
    right: number,
    border: number,
    colour: readonly number[],
  ): Mat;
  add(other: Mat): Mat;
  sub(other: Mat): Mat;
}

/** A picture, or a small matrix of numbers. Its memory is outside of V8's heap: release it as soon as it is not needed. */
export interface Mat extends Pixels, Changed {}

interface MatConstructor {
  /** Of one value everywhere: a number for each channel, or one for the first. */
  new (rows: number, cols: number, type: number, value?: number | readonly number[]): Mat;
  /** Of rows of numbers. */
  new (numbers: readonly (readonly number[])[], type: number): Mat;
  /** Of as many bytes as it has. */
  new (bytes: Buffer, rows: number, cols: number, type: number): Mat;
}

interface Size {
  readonly width: number;
  readonly height: number;
}
export interface Rect extends Size {
  readonly x: number;
  readonly y: number;
}

export interface VideoCapture {
  /** Blocks. Without rows at the end, and after an error. */
  read(): Mat;
  get(property: number): number;
  set(property: number, value: number): boolean;
  release(): void;
}

interface VideoWriter {
  write(picture: Mat): void;
  release(): void;
}

/** The numbers of OpenCV's enumerations. */
type Constant =
  | `INTER_${'NEAREST' | 'LINEAR' | 'AREA' | 'CUBIC'}`
  | `BORDER_${'REPLICATE' | 'CONSTANT'}`
  | `COLOR_${'GRAY2BGR' | 'RGB2BGR' | 'BGRA2BGR'}`
  | `ROTATE_${'90_CLOCKWISE' | '90_COUNTERCLOCKWISE' | '180'}`
  | `IMREAD_${'COLOR' | 'IGNORE_ORIENTATION' | 'REDUCED_COLOR_2' | 'REDUCED_COLOR_4' | 'REDUCED_COLOR_8'}`
  | `IMWRITE_${'JPEG_QUALITY' | 'JPEG_PROGRESSIVE' | 'WEBP_QUALITY'}`
  | `CAP_${'FFMPEG' | 'V4L2' | 'GSTREAMER'}`
  | `CAP_PROP_${'FPS' | 'POS_MSEC' | 'FOURCC' | 'FRAME_WIDTH' | 'FRAME_HEIGHT' | 'BUFFERSIZE'}`
  | `CV_${'8UC1' | '8UC3' | '8UC4' | '64F'}`;

interface Files {
  imread(file: string, flags?: number): Mat;
  imwrite(file: string, picture: Mat, flags?: readonly number[]): boolean;
  /** @returns one without rows for what is no picture. */
  imdecode(bytes: Buffer, flags?: number): Mat;
  imencode(extension: string, picture: Mat, flags?: readonly number[]): Buffer;
}

export interface OpenCv extends Readonly<Record<Constant, number>>, Files {
  readonly Mat: MatConstructor;
  readonly Size: new (width: number, height: number) => Size;
  readonly Rect: new (x: number, y: number, width: number, height: number) => Rect;
  /** @throws Error where it cannot be opened; it has no reason to give. */
  readonly VideoCapture: new (
    from: string,
    backend: number,
  ) => VideoCapture;
  readonly VideoWriter: {
    new (file: string, fourcc: number, fps: number, size: Size, inColour?: boolean): VideoWriter;
    fourcc(text: string): number;
  };
  getBuildInformation(): string;
  setNumThreads(count: number): void;
  /** Of the library that is loaded. */
  readonly version: { readonly major: number; readonly minor: number; readonly revision: number };
}
