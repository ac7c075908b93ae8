/** When the lines of a log that is read later arrive. */

/** What `--time` says of lines that do not say it themselves. */
export interface StatedTime {
  seconds: bigint;
  /** Seconds east of UTC of a time such as 2026-11-21T02:11:09+01:00. */
  zoneSeconds: number;
}

/**
 * Where nobody says: so that what is made of a log does not depend on
 * today. By this moment every date without a year, a leap day too, is one of 1972.
 */
export const timelessArrival = BigInt(Date.UTC(1972, 11, 30, 23, 59, 59) / 1000);
