/** In which place's days are dates meant? */

/** @returns an IANA name: that of the access rules, or where there are none that of this machine. */
export const siteZone = (config: { readonly access?: { readonly time_zone: string } | undefined }): string =>
  config.access?.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
