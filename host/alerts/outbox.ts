/** Delivers what is in the state's outbox, in order for each receiver; what was not taken stays for the next time. */
import type { OddlineError } from "../io/errors.js";
import { printJson } from "../io/stdout.js";
import type { Notification } from "./alert.js";
import type { AlertStateFile } from "./alertState.js";
import type { Receiver } from "./receivers.js";

/** Nobody wants yesterday's alerts all at once when a receiver comes back. */
const keptSecondsMax = 86_400;
const entriesMax = 1000;

/** To be saved with the state before `deliver`. */
export function enqueue(
  file: AlertStateFile,
  receivers: readonly Receiver[],
  notifications: readonly Notification[],
): void {
  const sinceMs = Date.now();
  for (const notification of notifications) {
    for (const { name } of receivers) file.state.outbox.push({ receiver: name, notification, sinceMs });
  }
}

export interface Delivery {
  errors: OddlineError[];
  /** Receivers that took nothing. */
  silent: Set<string>;
  /** Of each receiver, the keys of the alerts that it took. */
  taken: Map<string, Set<string>>;
}

export async function deliver(
  file: AlertStateFile,
  receivers: readonly Receiver[],
  log: (note: string) => void,
): Promise<Delivery> {
  dropOld(file, receivers, log);
  const delivery: Delivery = { errors: [], silent: new Set(), taken: new Map() };
  for (const receiver of receivers) {
    const taken = new Set<string>();
    delivery.taken.set(receiver.name, taken);
    for (const entry of file.state.outbox.filter((each) => each.receiver === receiver.name)) {
      try {
        await receiver.send(entry.notification);
      } catch (error) {
        delivery.errors.push(error as OddlineError);
        delivery.silent.add(receiver.name);
        break; // the later ones would come before it
      }
      for (const { key } of entry.notification.alerts) taken.add(key);
      file.state.outbox.splice(file.state.outbox.indexOf(entry), 1);
      file.save();
    }
  }
  return delivery;
}

function dropOld(file: AlertStateFile, receivers: readonly Receiver[], log: (note: string) => void): void {
  const names = new Set<string>(receivers.map(({ name }) => name));
  const oldestMs = Date.now() - keptSecondsMax * 1000;
  const { outbox } = file.state;
  const kept = outbox.filter(({ receiver, sinceMs }) => names.has(receiver) && sinceMs >= oldestMs).slice(-entriesMax);
  if (kept.length < outbox.length) log(`${outbox.length - kept.length} undelivered notifications were dropped`);
  file.state.outbox = kept;
}

/** Prints what would be sent. */
export async function dryRun(receivers: readonly Receiver[], notifications: readonly Notification[]): Promise<void> {
  for (const notification of notifications) {
    for (const { name, payload } of receivers) await printJson({ receiver: name, payload: payload(notification) });
  }
}
