/** Tags as long as people and attackers make them, in a real Fluent Bit: no record of any input is lost. */
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FluentBit } from "../support/fluentBit.js";
import { freePort } from "../support/loki.js";
import { hasShipper } from "../support/shippers.js";
import { until } from "../support/waiting.mjs";

const present = hasShipper("fluent-bit");
const filter = fileURLToPath(new URL("../../build/oddline.wasm", import.meta.url));
const linesEach = 50;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "oddline-long-tags-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Until the input listens. */
async function post(port: number, path: string, body: string): Promise<number> {
  const headers = { "content-type": "application/json" };
  let status = 0;
  const isTaken = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/${path}`, { method: "POST", headers, body }).catch(() => null);
    status = answer?.status ?? 0;
    return answer;
  };
  await until(isTaken, `an input on port ${port}`);
  return status;
}

describe.skipIf(!present)("Fluent Bit with long tags", () => {
  test("loses nothing, whoever sends which tag first", async () => {
    // the tag of a container's log: "kube." and the path, 250 bytes and more
    const containers = join(folder, "var", "log", "containers");
    mkdirSync(containers, { recursive: true });
    const container = join(containers, `${"shop-frontend-".repeat(15)}abcdef.log`);
    const log = join(folder, "app.log");
    writeFileSync(log, "");
    writeFileSync(container, "");
    const port = await freePort();
    const further = `
[INPUT]
    Name http
    Listen 127.0.0.1
    Port ${port}
[INPUT]
    Name tail
    Tag kube.*
    Path ${containers}/*.log
    Read_from_Head On
    Refresh_Interval 1
`;
    const shipper = new FluentBit(join(folder, "run"), { wasm: filter, log, further, match: "*" });
    try {
      // the very first copy that the filter is given
      expect(await post(port, "p".repeat(300), '{"log":"posted 0"}')).toBe(201);
      await shipper.waitForRecords(1);
      for (let i = 1; i < linesEach; i++) {
        expect(await post(port, "q".repeat(i * 80), JSON.stringify({ log: `posted ${i}` }))).toBe(201);
        appendFileSync(log, `2001:db8::${i} - - [21/Nov/2026:02:11:09 +0000] "GET /tailed/${i} HTTP/1.1" 200 1\n`);
        appendFileSync(container, `2026-11-21T02:11:09Z INFO contained ${i}\n`);
      }
      const expected = 1 + 3 * (linesEach - 1);
      await shipper.waitForRecords(expected);
      await shipper.stop();
      const records = readFileSync(shipper.outputPath, "utf8");
      for (let i = 1; i < linesEach; i++)
        for (const what of [`posted ${i}"`, `/tailed/${i} `, `contained ${i}"`]) expect(records).toContain(what);
      expect(records.trimEnd().split("\n").length).toBe(expected);
    } finally {
      await shipper.stop();
    }
  });
});
