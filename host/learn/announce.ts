/**
 * Tells a Fluent forward input how a refresh went, and waits for its acknowledgement. A shipper that is away, hangs or
 * is something else never fails the refresh, and holds up its end by twice `timeoutSeconds` at most (the system's own
 * look-up of a name aside). No text of a log, no path and no secret is in what is told.
 */
import fluentLogger from "fluent-logger";
import { exitCode, OddlineError } from "../io/errors.js";
import { type Environment, readBytes, readSecret } from "../io/secrets.js";

export const announceTag = "oddline.refresh";
export const timeoutSeconds = 3;
const portDefault = 24224;
/** The forward protocol wants two names that differ, ours and the shipper's. */
const clientName = "oddline-refresh";

export interface Announcement {
  outcome: "installed" | "refused" | "nothing" | "failed";
  model?: string;
  lines?: number;
  forms?: number;
  durationSeconds: number;
  /** A code of docs/errors.md. */
  error?: string;
}

/** Where to announce, checked before anything is learnt. */
export interface AnnounceTarget {
  name: string;
  host: string;
  port: number;
  tls: { ca?: Buffer } | undefined;
  security: { clientHostname: string; sharedKey: string; username?: string; password?: string } | undefined;
}

/** `[tls://]HOST[:PORT]`; ODDLINE_ANNOUNCE_SHARED_KEY(_FILE), _USERNAME, _PASSWORD(_FILE), _CA_CERT_PATH. */
export function announceTarget(text: string, environment: Environment): AnnounceTarget {
  const parts = /^(tls:\/\/)?(?:\[([\da-f:.]+)\]|([^\s:/[\]]+))(?::(\d{1,5}))?$/i.exec(text);
  const port = Number(parts?.[4] ?? portDefault);
  if (!parts || port < 1 || port > 65_535) {
    throw new OddlineError("OPTION_INVALID", {
      subject: "--announce",
      expected: "HOST:PORT or tls://HOST:PORT",
      found: JSON.stringify(text),
      remedy: "name a shipper's forward input, such as 127.0.0.1:24224",
      exit: exitCode.usage,
    });
  }
  const sharedKey = readSecret("ODDLINE_ANNOUNCE_SHARED_KEY", environment);
  const username = environment.ODDLINE_ANNOUNCE_USERNAME;
  const password = readSecret("ODDLINE_ANNOUNCE_PASSWORD", environment);
  const authority = environment.ODDLINE_ANNOUNCE_CA_CERT_PATH;
  return {
    name: text,
    host: parts[2] ?? parts[3],
    port,
    tls: parts[1] ? { ca: authority ? readBytes(authority, "a certificate authority") : undefined } : undefined,
    security: sharedKey === undefined ? undefined : { clientHostname: clientName, sharedKey, username, password },
  };
}

const silent = { info() {}, error() {} };

/** Resolves to undefined once it was acknowledged, or to why it could not be said. */
export async function announce(target: AnnounceTarget, announcement: Announcement): Promise<string | undefined> {
  const { host, port, tls, security } = target;
  const sender = fluentLogger.createFluentSender(announceTag, {
    host,
    port,
    ...(tls && { tls: true, tlsOptions: { ca: tls.ca, servername: /^[\d.]+$|:/.test(host) ? "" : host } }),
    ...(security && { security }),
    internalLogger: silent,
    // the types of fluent-logger 3.4 lack it: one try, no timer that keeps the process alive
    ...{ enableReconnect: false },
    requireAckResponse: true,
    ackResponseTimeout: timeoutSeconds * 1000,
  }) as unknown as Sender;
  readHeloAsBytes(sender);
  let give: (error?: Error) => void = () => {};
  const problem = new Promise<string | undefined>((resolve) => {
    give = (error) => resolve(error && (error.message || "no connection"));
  });
  const late = setTimeout(() => give(new Error(`no answer within ${timeoutSeconds} s`)), timeoutSeconds * 1000);
  // The library decodes an answer where nobody catches: one of another protocol must not end the process.
  process.on("uncaughtException", give);
  try {
    sender.on("error", give);
    sender.emit({ ...announcement }, give);
    return await problem;
  } finally {
    clearTimeout(late);
    process.off("uncaughtException", give);
    // `end` would wait for a shipper that hangs.
    sender._disconnect();
  }
}

/**
 * Fluent Bit sends the nonce and the salt of its HELO as text though they are random bytes, which the library then
 * decodes as UTF-8: no shared key would ever match. So they are taken from the bytes.
 */
function readHeloAsBytes(sender: Sender): void {
  const check = sender._checkHelo;
  sender._checkHelo = (data) => {
    const outcome = check.call(sender, data);
    sender.sharedKeyNonce = bytesOf(data, "nonce") ?? sender.sharedKeyNonce;
    sender.authentication = bytesOf(data, "auth") ?? sender.authentication;
    return outcome;
  };
}

/** The text or bytes that follow a key of MessagePack, each shorter than 256 bytes. */
function bytesOf(message: Buffer, key: string): Buffer | undefined {
  const name = Buffer.concat([Buffer.from([0xa0 | key.length]), Buffer.from(key)]);
  const at = message.indexOf(name) + name.length;
  const head = message[at];
  if (at < name.length || head === undefined) return undefined;
  if ((head & 0xe0) === 0xa0) return message.subarray(at + 1, at + 1 + (head & 0x1f));
  return head === 0xc4 || head === 0xd9 ? message.subarray(at + 2, at + 2 + message[at + 1]) : undefined;
}

/** What is used of the library's sender, and the one way it has to let go of a connection at once. */
interface Sender {
  sharedKeyNonce: Buffer | string;
  authentication: Buffer | string;
  on(event: "error", listener: (error: Error) => void): void;
  emit(record: object, callback: (error?: Error) => void): void;
  _checkHelo(data: Buffer): unknown;
  _disconnect(): void;
}
