/** One entry of the error-anomaly API: what it must hold, and what is read of it. */
export interface Entry {
  /** As sent, on one line. */
  text: string;
  seconds: number;
  address: string;
  endpoint: string;
  message: string;
  isError: boolean;
}

export class EntryInvalid extends Error {}

/** Reads an entry; `nowSeconds` stands in where it has no timestamp. */
export function readEntry(raw: Buffer, nowSeconds: number): Entry {
  const text = raw.toString("utf8").trim();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new EntryInvalid(
      /\}\s*\{/.test(text)
        ? "no JSON: several objects on one line; one a line, or an array (curl -d drops line breaks, --data-binary keeps them)"
        : "no JSON",
    );
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new EntryInvalid("no JSON object");
  const { timestamp, ipAddress, apiEndpoint, message, isError } = value as Record<string, unknown>;
  if (typeof ipAddress !== "string" || ipAddress === "")
    throw new EntryInvalid("ipAddress must be a text that is not empty");
  if (ipAddress.length > 256) throw new EntryInvalid("ipAddress must be no longer than 256 characters");
  if (isError !== undefined && typeof isError !== "boolean") throw new EntryInvalid("isError must be true or false");
  return {
    // JSON allows line breaks between its parts only: as spaces they mean the same, and a result stays one line.
    text: text.replace(/[\r\n]+/g, " "),
    seconds: timestamp === undefined || timestamp === null ? nowSeconds : readTimestamp(timestamp),
    address: ipAddress,
    endpoint: optionalText("apiEndpoint", apiEndpoint),
    message: optionalText("message", message),
    isError: isError === true,
  };
}

function optionalText(name: string, value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value !== "string") throw new EntryInvalid(`${name} must be a text`);
  return value;
}

/** Beyond this a number counts milliseconds: as seconds it would lie in the year 5138. */
const secondsMax = 100_000_000_000;
/** Date.parse takes much else, in the zone of the machine. */
const rfc3339 = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)? ?(Z|[+-]\d\d:?\d\d)?)?$/i;

/** RFC 3339 (without a zone: UTC), or Unix seconds or milliseconds. */
function readTimestamp(value: unknown): number {
  let seconds = Number.NaN;
  if (typeof value === "number") seconds = Math.abs(value) >= secondsMax ? value / 1000 : value;
  else if (typeof value === "string") {
    const parts = rfc3339.exec(value);
    const hasClock = value.length > 10;
    if (parts) seconds = Date.parse(hasClock && !parts[1] ? `${value}Z` : value) / 1000;
  }
  if (!Number.isFinite(seconds) || Math.abs(seconds) >= secondsMax) {
    throw new EntryInvalid("timestamp must be RFC 3339, Unix seconds or Unix milliseconds");
  }
  return Math.floor(seconds);
}
