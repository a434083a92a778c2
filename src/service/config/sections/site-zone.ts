/** Determines the time zone in which dates are interpreted. */

/** @returns an IANA name: that of the access rules, or without rules that of this machine. */
export const siteZone = (config: { readonly access?: { readonly time_zone: string } | undefined }): string =>
  config.access?.time_zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
