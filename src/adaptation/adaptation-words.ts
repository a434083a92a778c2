/** "99.53 %" for a share of which people think in hundreds, "1.2e-5" for one of which they do not. @param share 0..1. */
export const formatShare = (share: number): string =>
  share === 0 || share >= 0.001 ? `${(100 * share).toFixed(2)} %` : share.toExponential(1);
