/** What `#Fields:` says of the columns below holds for the lines of the same source, and for no other line. */
import { describe, expect, it } from "vitest";
import { batchFlag, Engine } from "../../../host/wasm/engine.js";

const arrival = BigInt(Date.UTC(2026, 10, 21, 3) / 1000);
const fields = "#Fields: date time time-taken c-ip sc-status cs-method cs-uri-stem cs-uri-query cs(User-Agent) s-ip";
const line = "2026-11-21 02:11:09 17 203.0.113.9 503 GET /a q=1 curl/8 198.51.100.7";

function read(engine: Engine, text: string) {
  const { format, key, status, method, target } = engine.explain(Buffer.from(text), arrival)!;
  return { format, key, status, method, target };
}

const known = { format: "columns", key: "203.0.113.9", status: 503, method: "GET", target: "/a?q=1" };

describe("the #Fields line of W3C's extended format", () => {
  it("says what the columns are, whatever their order", () => {
    const engine = new Engine();
    expect(read(engine, line).format).toBe("application");
    read(engine, fields);
    expect(read(engine, line)).toEqual(known);
    // the query is missing
    expect(read(engine, line.replace("q=1", "-")).target).toBe("/a");
  });

  it("is followed by another one of the same source", () => {
    const engine = new Engine();
    read(engine, fields);
    expect(read(engine, line)).toEqual(known);
    read(engine, "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port c-ip x sc-status");
    const other = "2026-11-21 02:11:09 198.51.100.7 GET /a q=1 443 203.0.113.9 - 404";
    expect(read(engine, other)).toEqual({ ...known, status: 404 });
  });

  it("holds for CloudFront's tabs as well", () => {
    const engine = new Engine();
    read(engine, "#Fields: date time x-edge-location c-ip cs-method cs-uri-stem sc-status sc-bytes");
    expect(read(engine, "2026-11-21\t02:11:09\tFRA2\t203.0.113.9\tGET\t/a\t503\t12")).toEqual({
      ...known,
      target: "/a",
    });
  });

  it("holds for the file that the record names", () => {
    const engine = new Engine();
    const record = (file: string, message: string) => JSON.stringify({ file, message });
    read(engine, record("/logs/a.log", fields));
    expect(read(engine, record("/logs/a.log", line))).toEqual(known);
    expect(read(engine, record("/logs/b.log", line)).status).toBeNull();
    for (let i = 0; i < 16; i++) read(engine, record(`/logs/${i}.log`, fields));
    expect(read(engine, record("/logs/a.log", line)).status).toBeNull();
    expect(read(engine, record("/logs/15.log", line))).toEqual(known);
  });

  it("still holds behind a restart, for the last sixteen sources", () => {
    const before = new Engine();
    const record = (file: string, message: string) => JSON.stringify({ file, message });
    for (let i = 0; i < 18; i++) read(before, record(`/logs/${i}.log`, i < 17 ? fields : `${fields} cs-host`));
    const engine = new Engine();
    expect(read(engine, record("/logs/5.log", line)).status).toBeNull();
    expect(engine.restoreState(before.saveState()!, true)).toBeUndefined();
    expect(read(engine, record("/logs/5.log", line))).toEqual(known);
    expect(read(engine, record("/logs/17.log", `${line} shop`))).toEqual(known);
    expect(read(engine, record("/logs/1.log", line)).status).toBeNull();
    // the oldest makes room for the next
    read(engine, record("/logs/a.log", fields));
    expect(read(engine, record("/logs/2.log", line)).status).toBeNull();
    expect(read(engine, record("/logs/3.log", line))).toEqual(known);
  });

  it("says nothing of a line whose client or status is none, or that has more words", () => {
    const engine = new Engine();
    read(engine, fields);
    for (const other of [line.replace("203.0.113.9", "WARN"), line.replace("503", "none"), `${line} more`]) {
      expect(read(engine, other).format).toBe("application");
    }
    expect(read(engine, "2026-11-21 02:11:09,123 INFO [Log partition=0, dir=/tmp] of 10 words, no more").format).toBe(
      "application",
    );
  });

  it("does not hold for another tag, whose lines are read as they are where both have met the same", () => {
    const engine = new Engine();
    const keyOf = (tag: string, text: string) => {
      engine.setTag(tag);
      const record = Buffer.from(`${JSON.stringify({ log: text })}\n`);
      const parts = [...engine.tag(record, { flags: batchFlag.all, seconds: arrival })];
      return JSON.parse(Buffer.from(parts[0].output).toString()).anomaly.key;
    };
    keyOf("with", "#Fields: date time x-edge x-of x-user x-and c-ip");
    const other = "2026-11-21 02:11:09 203.0.113.9 refused alice of 198.51.100.7";
    const read = ["without", "without", "with", "without", "with"].map((tag) => keyOf(tag, other));
    expect(read[2]).toBe("198.51.100.7");
    expect(read[4]).toBe(read[2]);
    expect([read[0], read[1], read[3]]).toEqual(Array(3).fill("203.0.113.9"));
  });
});
