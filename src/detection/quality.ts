/** Why a face is not good enough to be encoded. Each is something a person or an installer can act on. */
export type QualityProblem =
  | 'too-small'
  | 'turned-away'
  | 'tilted'
  | 'blurred'
  | 'too-dark'
  | 'too-bright'
  | 'at-the-edge'
  | 'low-score';
