/** Rounds against a fake Loki: catching up after an outage, restarts, forests learnt before what they score. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { AlertStateFile } from "../../../host/alerts/alertState.js";
import { Notifier } from "../../../host/alerts/notifier.js";
import { receiversOf } from "../../../host/alerts/receivers.js";
import { LokiApi } from "../../../host/loki/api.js";
import { LokiClient } from "../../../host/loki/client.js";
import { lokiConnection } from "../../../host/loki/connection.js";
import { seededRandom } from "../../../host/math/random.js";
import type { Limits } from "../../../host/network/causes.js";
import { Rounds, watch } from "../../../host/network/rounds.js";
import type { Verdict } from "../../../host/network/windowScorer.js";
import { type FakeLokiQuery, type StoredEntry, startFakeLokiQuery } from "../../support/fakeLokiQuery.js";
import { networkSettings } from "../../support/networkModel.js";
import { startReceiver, type TestReceiver } from "../../support/receiver.js";

const folder = mkdtempSync(join(tmpdir(), "oddline-rounds-"));
afterAll(() => rmSync(folder, { recursive: true }));

const windowMs = 300_000;
const startMs = Date.UTC(2026, 10, 21);
const watching = { everySeconds: 60, delaySeconds: 30, catchUpSeconds: 86_400, relearnSeconds: 86_400 };

/** `windows` of ordinary traffic; the given ones have a scan of 198.51.100.7 too. */
function traffic(windows: number, scanned: number[]): StoredEntry[] {
  const random = seededRandom(5);
  const entries: StoredEntry[] = [];
  const add = (timeMs: number, line: string) => entries.push({ timeNs: BigInt(timeMs) * 1_000_000n, line });
  for (let window = 0; window < windows; window++) {
    const fromMs = startMs + window * windowMs;
    for (let i = 0; i < 40; i++) {
      const bytes = Math.round(Math.exp(6 + 2 * random()));
      const destination = `192.0.2.${1 + Math.floor(random() * 12)}`;
      add(fromMs + i * 7000, `src_ip=10.0.0.1, dst_ip=${destination}, dst_port=443, bytes=${bytes}`);
    }
    if (!scanned.includes(window)) continue;
    for (let i = 0; i < 200; i++) {
      add(fromMs + i * 1000, `src_ip=203.0.113.${i}, dst_ip=198.51.100.7, dst_port=${i}, bytes=0, action=deny`);
    }
  }
  return entries;
}

describe("rounds", () => {
  let loki: FakeLokiQuery;
  let receiver: TestReceiver;
  let statePath: string;
  let notes: string[];
  beforeEach(async () => {
    loki = await startFakeLokiQuery(traffic(80, [60, 61, 62, 70]));
    receiver = await startReceiver();
    statePath = join(folder, `state-${Math.random()}.json`);
    notes = [];
  });
  afterEach(async () => {
    await loki.close();
    await receiver.close();
  });

  /** As a process would start. */
  function start(selfFit = false, alertScore = -0.1, limits: Limits = { top: undefined, maxAlertShare: 0.5 }) {
    const patience = { attemptsMax: 2, pauseSeconds: 0, pauseSecondsMax: 0 };
    const client = new LokiClient(new LokiApi(lokiConnection(loki.url, {}), patience), 500);
    const receivers = receiversOf({ webhook: receiver.url, holdSeconds: 900 }, {}, patience);
    const log = (note: string) => notes.push(note);
    const notifier = new Notifier(
      {
        windowSeconds: 300,
        tracker: { cooldownSeconds: 3600, resolveSeconds: 900 },
        receivers,
        dryRun: false,
      },
      new AlertStateFile(statePath, "question", log),
      log,
    );
    const verdicts: Verdict[] = [];
    const told: Verdict[] = [];
    const run = { client, query: '{job="test"}', settings: { ...networkSettings, alertScore }, pushDown: true };
    const rounds = new Rounds(
      { run, forest: undefined, selfFit, sinceSeconds: 300, trainSinceSeconds: 14_400, limits },
      notifier,
      { windowSeconds: 300, linkOf: () => undefined },
      {
        log,
        onVerdict: async (verdict) => void verdicts.push(verdict),
        onTold: async (verdict) => void told.push(verdict),
        onResolved: async () => {},
        onLearnt: () => notes.push("learnt"),
      },
    );
    return { rounds, notifier, verdicts, told };
  }

  const at = (window: number, seconds = 31) => startMs + window * windowMs + seconds * 1000;
  const toldOf = (status: string) =>
    receiver.received
      .filter(({ body }) => body.status === status)
      .flatMap(({ body }) => body.alerts as { destination: string; windowStart: string }[])
      .filter(({ destination }) => destination === "198.51.100.7")
      .map(({ windowStart }) => windowStart);

  it("score each window once, when it is over", async () => {
    const { rounds, verdicts } = start();
    await rounds.catchUp(at(57), watching);
    await rounds.catchUp(at(57, 90), watching);
    await rounds.catchUp(at(58, 29), watching);
    expect(new Set(verdicts.map(({ window }) => window.startMs))).toEqual(new Set([at(56, 0)]));
    await rounds.catchUp(at(58), watching);
    const ids = verdicts.map(({ window }) => `${window.startMs} ${window.key}`);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(verdicts.map(({ window }) => window.startMs)).size).toBe(2);
    expect(notes.filter((note) => note === "learnt")).toHaveLength(1);
  });

  it("catch up after an outage with the alerts they would have given, none twice", async () => {
    const { rounds, notifier } = start();
    await rounds.catchUp(at(59), watching);
    await notifier.send();
    // Down from here; another process comes back after the incident.
    const back = start();
    await back.rounds.catchUp(at(69), watching);
    await back.notifier.send();
    const again = start();
    await again.rounds.catchUp(at(69, 60), watching);
    await again.notifier.send();
    expect(toldOf("firing")).toEqual(["2026-11-21T05:00:00Z"]);
    expect(toldOf("resolved")).toEqual(["2026-11-21T05:00:00Z"]);
    await again.rounds.catchUp(at(71), watching);
    await again.notifier.send();
    expect(toldOf("firing")).toEqual(["2026-11-21T05:00:00Z", "2026-11-21T05:50:00Z"]);
  });

  it("do not catch up for ever", async () => {
    const { rounds, verdicts } = start();
    await rounds.catchUp(at(50), watching);
    const before = verdicts.length;
    await rounds.catchUp(at(70), { ...watching, catchUpSeconds: 600 });
    expect(new Set(verdicts.slice(before).map(({ window }) => window.startMs)).size).toBe(2);
    expect(notes.some((note) => note.includes("too old to catch up"))).toBe(true);
  });

  it("lose nothing while Loki is down: the window is scored when it is back", async () => {
    const { rounds, verdicts } = start();
    await rounds.catchUp(at(58), watching);
    const before = verdicts.length;
    loki.failures = [{ status: 503 }, { status: 503 }];
    await expect(rounds.catchUp(at(59), watching)).rejects.toMatchObject({ code: "LOKI_FAILED" });
    expect(verdicts.length).toBe(before);
    await rounds.catchUp(at(59), watching);
    expect(verdicts.length).toBeGreaterThan(before);
  });

  it("that would alert on nearly all say so and send nothing; a service goes on with the strongest", async () => {
    const { rounds, verdicts } = start(false, 0.49);
    await expect(rounds.once(at(61, 0))).rejects.toMatchObject({ code: "NETWORK_TOO_MANY_ALERTS", exit: 5 });
    expect(receiver.received).toEqual([]);
    const service = start(false, 0.49, { top: 2, maxAlertShare: 0.5 });
    await service.rounds.catchUp(at(61), watching);
    const said = notes.find((note) => note.includes("NETWORK_TOO_MANY_ALERTS"));
    expect(said).toMatch(
      /^Loki: error NETWORK_TOO_MANY_ALERTS; expected: .*; found: .*; the strongest 10 are sent; do: .*$/,
    );
    expect(notes).toContain("8 more alerts were held back by --top");
    expect(service.told.map(({ window }) => window.key)).toContain("198.51.100.7");
    expect([verdicts.length, service.told.length]).toEqual([0, 2]);
  });

  it("say what to wait for where Loki has no past yet", async () => {
    const { rounds } = start();
    const first = rounds.once(startMs + 60_000);
    await expect(first).rejects.toMatchObject({ code: "NETWORK_NO_HISTORY" });
    await expect(first).rejects.toThrow("nothing older than 5 minutes");
    await expect(first).rejects.toThrow("wait, or use --self-fit");
  });

  it("say once that nothing has come, and judge what comes then", async () => {
    const later = loki.entries.splice(0);
    const { rounds, verdicts } = start();
    await rounds.catchUp(at(58), watching);
    await rounds.catchUp(at(59), watching);
    expect(notes).toEqual(['nothing in Loki for {job="test"} yet: waiting for it']);
    loki.entries.push(...later);
    await rounds.catchUp(at(60), watching);
    expect(notes.at(-1)).toBe("learnt");
    expect(verdicts.length).toBeGreaterThan(0);
  });

  it("self-fit on the very window they score", async () => {
    const { rounds, verdicts } = start(true);
    await rounds.catchUp(at(61), watching);
    expect(notes).not.toContain("learnt");
    expect(new Set(verdicts.map(({ window }) => window.startMs))).toEqual(new Set([at(60, 0)]));
  });

  it("keep watching through errors, and end on a wrong configuration or a signal", async () => {
    const { rounds, notifier } = start();
    const ending = new AbortController();
    const log = (note: string) => {
      notes.push(note);
      ending.abort();
    };
    loki.failures = [{ status: 503 }, { status: 503 }];
    await watch(rounds, notifier, watching, log, ending.signal);
    expect(notes.some((note) => note.includes("LOKI_FAILED"))).toBe(true);
    loki.failures = [{ status: 400, body: "parse error" }];
    const wrong = watch(rounds, notifier, watching, log, new AbortController().signal);
    await expect(wrong).rejects.toMatchObject({ code: "LOKI_QUERY_INVALID" });
  });
});
