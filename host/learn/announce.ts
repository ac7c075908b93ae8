/** Tells a Fluent forward input how a refresh went; a shipper that is away never fails the refresh. */
import fluentLogger from "fluent-logger";

export const announceTag = "oddline.refresh";
const timeoutSeconds = 3;

export interface Announcement {
  outcome: "installed" | "refused" | "nothing" | "failed";
  model?: string;
  lines?: number;
  forms?: number;
  durationSeconds: number;
  error?: string;
}

const silent = { info() {}, error() {} };

/** `target` is HOST:PORT. Resolves to undefined, or to why it could not be said. */
export async function announce(target: string, announcement: Announcement): Promise<string | undefined> {
  const at = target.lastIndexOf(":");
  const [host, port] = at < 0 ? [target, 24224] : [target.slice(0, at), Number(target.slice(at + 1))];
  const sender = fluentLogger.createFluentSender(announceTag, {
    host,
    port,
    timeout: timeoutSeconds,
    internalLogger: silent,
    // the types of fluent-logger 3.4 lack it: one try, no timer that keeps the process alive
    ...{ enableReconnect: false },
    requireAckResponse: false,
  });
  try {
    return await new Promise<string | undefined>((resolve) => {
      const timer = setTimeout(() => give(new Error("no answer in time")), timeoutSeconds * 1000);
      const give = (error?: Error) => {
        clearTimeout(timer);
        resolve(error?.message);
      };
      (sender as unknown as NodeJS.EventEmitter).on("error", give);
      sender.emit({ ...announcement }, give);
    });
  } finally {
    (sender as unknown as { end(): void }).end();
  }
}
