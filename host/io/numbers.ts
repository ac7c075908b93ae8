/** A number as people read it: digits in groups of three. */
export const grouped = (value: number): string => value.toLocaleString("en-US");
