/**
 * The recipes of docs/fluent-bit.md and docs/vector.md for lines that belong together, as they stand there but for
 * paths and pauses: a line that a container runtime cut, and a stack trace, come out as one event with one tag.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { oddline } from "../support/cli.js";
import { substituted } from "../support/shippedVector.js";
import { hasShipper } from "../support/shippers.js";
import { besideBlocks, freePort, Running, startServe, startVector, waitForLines } from "../support/vector.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const hasFluentBit = hasShipper("fluent-bit");
const hasVector = hasShipper("vector");
const secondsMax = 30;

const request = (i: number, query = `id=${i}`) =>
  `10.0.0.${i % 200} - - [21/Nov/2026:02:11:09 +0000] "GET /cart?${query} HTTP/1.1" 200 312 "-" "curl/8"`;
const odd = request(7, "id=1%27%20OR%201=1--");
const fatal = "2026-11-21 02:11:09 INFO cart: worker 12 ended by a segmentation fault in pool 3";
const javaTrace = [
  "java.lang.OutOfMemoryError: Java heap space",
  "\tat com.example.Cart.add(Cart.java:12)",
  "\tat com.example.Main.main(Main.java:3)",
  "Caused by: java.io.IOException: no space left on device",
  "\tat com.example.Disk.read(Disk.java:7)",
  "\t... 2 more",
];
const pythonTrace = [
  "Traceback (most recent call last):",
  '  File "/srv/cart.py", line 12, in add',
  "    raise MemoryError(customer)",
  "MemoryError: out of memory at customer 12",
];

let folder: string;
let model: string;
let runs = 0;
const running: Running[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "oddline-multiline-"));
  model = join(folder, "oddline.model");
  const learnt = join(folder, "learnt.log");
  writeFileSync(learnt, Array.from({ length: 3000 }, (_, i) => `${request(i)}\n`).join(""));
  const { code, err } = await oddline("refresh", learnt, "--out", model);
  if (code !== 0) throw new Error(err);
});
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The code blocks under the heading that both documents have for this. */
function recipes(path: string): string[] {
  const section = /^## Lines that belong together\n(.*?)^## /ms.exec(readFileSync(join(root, path), "utf8"));
  return [...(section?.[1] ?? "").matchAll(/^```\w+\n(.*?)^```$/gms)].map(([, block]) => block);
}

/** As a container runtime writes lines: those that are lists are cut there. */
function asContainerLog(lines: (string | string[])[], stream = "stdout"): string[] {
  return lines.flatMap((line) => {
    const pieces = typeof line === "string" ? [line] : line;
    return pieces.map((piece, i) => {
      const sign = i < pieces.length - 1 ? "P" : "F";
      return `2026-11-21T02:11:09.${123456700 + i}Z ${stream} ${sign} ${piece}`;
    });
  });
}

/** In pieces that end at the places where each of these begins. */
function cut(line: string, ...places: string[]): string[] {
  const ends = places.map((place) => line.indexOf(place));
  return [0, ...ends].map((start, i) => line.slice(start, ends[i]));
}

interface Event {
  text: string;
  type: string | undefined;
}

function eventsOf(records: string[], field: "log" | "message"): Event[] {
  return records.map((record) => {
    const { [field]: text, anomaly } = JSON.parse(record);
    return { text, type: anomaly?.type };
  });
}

async function throughFluentBit(
  lines: string[],
  count: number,
  parsers: string,
  ...blocks: string[]
): Promise<Event[]> {
  const own = join(folder, String(runs++));
  mkdirSync(own);
  writeFileSync(join(own, "app.log"), `${lines.join("\n")}\n`);
  writeFileSync(join(own, "traces.conf"), parsers);
  const head = "[SERVICE]\n    Flush 0.2\n    Grace 2\n    Log_Level warn\n    Parsers_File traces.conf\n";
  const filter = `
[FILTER]
    Name wasm
    Match *
    Wasm_Path ${join(root, "build/oddline.wasm")}
    Function_Name oddline_filter
    Accessible_Paths ${folder}
[OUTPUT]
    Name file
    Match *
    Path ${own}
    File records.ndjson
    Format plain
`;
  writeFileSync(join(own, "run.conf"), [head, ...blocks, filter].join("\n"));
  const shipper = new Running("fluent-bit", ["--quiet", "--config", join(own, "run.conf")]);
  running.push(shipper);
  return eventsOf(await allRecords(join(own, "records.ndjson"), count, shipper), "log");
}

async function throughVector(lines: string[], count: number, recipe: string): Promise<Event[]> {
  const own = join(folder, String(runs++));
  mkdirSync(own);
  writeFileSync(join(own, "app.log"), `${lines.join("\n")}\n`);
  const [port, sourcePort] = [await freePort(), await freePort()];
  running.push(startServe(port, sourcePort, "--model", model));
  const sink = `
[sinks.out]
type = "file"
inputs = ["from_oddline"]
path = "${join(own, "records.ndjson")}"
encoding.codec = "json"
`;
  const blocks = besideBlocks({ codec: "json", input: "app", output: "from_oddline", port, sourcePort });
  const followed = substituted(recipe, /^include = .*/m, `include = ["${join(own, "app.log")}"]`);
  const vector = startVector(own, followed + blocks + sink);
  running.push(vector);
  return eventsOf(await allRecords(join(own, "records.ndjson"), count, vector), "message");
}

/** Once the shipper has ended, so that one that came too many is seen. */
async function allRecords(path: string, count: number, shipper: Running): Promise<string[]> {
  await waitForLines(path, count, secondsMax, () => shipper.said);
  await shipper.stop();
  return waitForLines(path, count, secondsMax, () => shipper.said);
}

const followedBy = (block: string, path: string) =>
  `${substituted(block, /^( +Path +).*/m, `$1${path}`)}    Read_from_Head On\n`;
const sorted = (events: Event[]) => events.sort((one, other) => (one.text < other.text ? -1 : 1));

const cutLines = asContainerLog([
  request(1),
  cut(odd, "%20OR", "=1--"),
  cut(request(2), "/cart", " 200"),
  cut(fatal, "tation", "ault in"),
  request(3),
]);
const joinedLines = sorted([
  { text: request(1), type: undefined },
  { text: odd, type: "novelty" },
  { text: request(2), type: undefined },
  { text: fatal, type: "keyword" },
  { text: request(3), type: undefined },
]);

describe.skipIf(!hasFluentBit)("the recipes for Fluent Bit", () => {
  const [pieces, parsers, traces] = recipes("docs/fluent-bit.md");
  const ownLog = () => join(folder, String(runs), "app.log");

  test("join the pieces of a line", async () => {
    const events = await throughFluentBit(cutLines, joinedLines.length, parsers, followedBy(pieces, ownLog()));
    expect(sorted(events)).toEqual(joinedLines);
  });

  test("join stack traces in container logs", async () => {
    const lines = asContainerLog([request(1), ...javaTrace, request(2), ...pythonTrace, request(3)], "stderr");
    const events = await throughFluentBit(lines, 5, parsers, followedBy(pieces, ownLog()), traces);
    expectTraces(events);
  });

  test("join stack traces in a file", async () => {
    const lines = [request(1), ...javaTrace, request(2), ...pythonTrace, request(3)];
    const tail = substituted(followedBy(pieces, ownLog()), "docker, cri", "traces");
    expectTraces(await throughFluentBit(lines, 5, parsers, tail));
  });
});

function expectTraces(events: Event[]): void {
  const expected = [
    { text: javaTrace.join("\n"), type: "keyword" },
    { text: pythonTrace.join("\n"), type: "keyword" },
    ...[1, 2, 3].map((i) => ({ text: request(i), type: undefined })),
  ];
  expect(sorted(events.map(({ text, type }) => ({ text: text.trimEnd(), type })))).toEqual(sorted(expected));
}

describe.skipIf(!hasVector)("the recipes for Vector", () => {
  const [traces, pieces] = recipes("docs/vector.md");

  test("join the pieces of a line", async () => {
    expect(sorted(await throughVector(cutLines, joinedLines.length, pieces))).toEqual(joinedLines);
  });

  test("append frames to the line before them in container logs", async () => {
    const lines = asContainerLog([request(1), ...javaTrace, request(2), ...pythonTrace, request(3)], "stderr");
    const events = await throughVector(lines, 6, pieces);
    const last = { text: pythonTrace[3], type: "keyword" };
    expect(sorted(events)).toEqual(
      sorted([
        { text: javaTrace.join("\n"), type: "keyword" },
        { text: pythonTrace.slice(0, 3).join("\n"), type: undefined },
        last,
        ...[1, 2, 3].map((i) => ({ text: request(i), type: undefined })),
      ]),
    );
  });

  test("join all lines up to the next date in a file", async () => {
    const logged = (text: string) => `2026-11-21 02:11:09 INFO cart: ${text}`;
    const java = [logged("an order was left"), ...javaTrace];
    const python = [logged("an order was left"), ...pythonTrace];
    const lines = [logged("started"), ...java, logged("order 12 was paid"), ...python, logged("stopped")];
    expect(sorted(await throughVector(lines, 5, traces))).toEqual(
      sorted([
        { text: java.join("\n"), type: "keyword" },
        { text: python.join("\n"), type: "keyword" },
        ...["started", "order 12 was paid", "stopped"].map((text) => ({ text: logged(text), type: undefined })),
      ]),
    );
  });
});
