/**
 * Every reason of many logs, read as a person would who has the log: learnt from its first half, told of its second.
 * Public logs up to ODDLINE_REASON_LINES lines each (bench/reasons.mjs reads all of them).
 */
import { describe, expect, it } from "vitest";
import { shopLog } from "../../host/demo/shop.js";
import { batchFlag, Engine } from "../../host/wasm/engine.js";
import { learnText } from "../support/learning.js";
import { LearntLog } from "../support/readReasons.mjs";
import { realLogs } from "../support/realLogs.js";
import { attackedShop, blockLog, scannedShop, shopApplication, sshdLines } from "../support/standIn.js";

const linesMax = Number(process.env.ODDLINE_REASON_LINES ?? 3000);

interface Read {
  reasons: number;
  flaws: string[];
}

async function readReasons(train: string[], lines: string[]): Promise<Read> {
  // each byte a character, as the filter has them
  const bytes = (text: string[]) => text.map((line) => Buffer.from(line).toString("latin1"));
  const { model } = await learnText(`${train.join("\n")}\n`, { share: 0.01 });
  const engine = new Engine(7n);
  engine.useModel(model, "learnt here");
  const learnt = new LearntLog(bytes(train));
  const read: Read = { reasons: 0, flaws: [] };
  for (const [number, line] of lines.entries()) {
    const [{ output }] = engine.tag(Buffer.from(`${line}\n`), {
      flags: batchFlag.only,
      seconds: BigInt(1.7e9 + number),
    });
    const told = Buffer.from(output).toString("utf8");
    const at = told.lastIndexOf('"anomaly":{"score":');
    if (at < 0) continue;
    // what was judged is the line as a shipper hands it on, and the member is JSON by itself
    const { reason } = JSON.parse(told.slice(at + 10, told.lastIndexOf("}")));
    const flaw = learnt.flaw(reason, Buffer.from(line).toString("latin1"));
    read.reasons++;
    if (flaw) read.flaws.push(`${flaw}: ${reason}   <-   ${line.slice(0, 200)}`);
  }
  return read;
}

const shop = shopLog(1, 1.7e9, 4000, false).trimEnd().split("\n");
const standIns: [string, string[], string[]][] = [
  ["a shop's log", shop, shopLog(2, 1.7e9, 4000, true).trimEnd().split("\n")],
  ["an attacked shop", attackedShop().train, attackedShop().anomalous.slice(0, 2000)],
  ["a scanned shop", scannedShop().train, scannedShop().anomalous.slice(0, 2000)],
  ["sshd", sshdLines(1, 400), sshdLines(2, 100)],
  ["an application met by an access log", shop.slice(0, 2000), shopApplication(3, 500)],
  ["blocks", blockLog().lines.slice(0, 3000), blockLog().lines.slice(3000, 6000)],
];

describe("every reason quotes its line, is true of what was learnt, and is safe to show", () => {
  let reasons = 0;

  for (const [name, train, lines] of standIns) {
    it(`of ${name}`, async () => {
      const read = await readReasons(train, lines);
      expect(read.flaws).toEqual([]);
      reasons += read.reasons;
    });
  }

  for (const log of realLogs()) {
    it(`of ${log.name}`, { timeout: 600_000 }, async () => {
      const lines = log.read().toString("utf8").split("\n").slice(0, linesMax);
      const half = Math.floor(lines.length / 2);
      const read = await readReasons(lines.slice(0, half), lines.slice(half));
      expect(read.flaws).toEqual([]);
      reasons += read.reasons;
    });
  }

  it("where one that is not would be found", () => {
    const get = (target: string, status: number) => `192.0.2.1 - - [x] "GET ${target} HTTP/1.1" ${status} 1`;
    const learnt = new LearntLog([get("/a?id=1&q=x;y", 200), get("/a?id=z&q=", 403), "app: started worker 7"]);
    const flawed: [string, string][] = [
      ["status 403: never seen", get("/b", 403)],
      ["status 403: none of 2 requests", get("/b", 403)],
      ["new path /a: nothing like it under / in 2 requests", get("/a", 200)],
      ["parameter q of /a: none of 2 requests", get("/a?q=1", 200)],
      [`id of /a is "a'"; only digits in 2 requests`, get("/a?id=a%27", 200)],
      ['q of /a is "a;"; ";" in none of 2 requests', get("/a?q=a;", 200)],
      ['id of /a is "a9a"; nothing like it in 2 requests', get("/a?id=x7y", 200)],
      [`id of /b is "a;"; ";" in parameters of none of 2 requests`, get("/b?id=a;", 200)],
      ['app: new message "app: started worker 8"; none like it in 1 lines', "app: started worker 8"],
      ["status 500: none of 2 requests \u001b[31m", get("/b", 500)],
      ["x".repeat(201), ""],
    ];
    for (const [reason, line] of flawed) expect([reason, learnt.flaw(reason, line)]).not.toEqual([reason, undefined]);
    expect(learnt.flaw('id of /a is "x7y"; "7" in none of 2 requests', get("/a?id=x7y", 200))).toBeUndefined();
  });

  it("and there were many", () => {
    expect(reasons).toBeGreaterThan(400); // without the public logs
  });
});
