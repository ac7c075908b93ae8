/** What reasons quote of the past: masked texts of patterns, names of parameters that many sent. */
import { describe, expect, it } from "vitest";
import { parseConfiguration } from "../../../host/config/configuration.js";
import { decodeSections, encodeModel, section } from "../../../host/model/modelFile.js";
import { reconfigure } from "../../../host/model/reconfigure.js";
import { decodeTexts, encodeTexts, namesMax, textBytesMax } from "../../../host/model/textSection.js";
import { batchFlag, Engine } from "../../../host/wasm/engine.js";
import { learnText } from "../../support/learning.js";

const clock = (at: number) =>
  `${String(Math.floor(at / 60) % 60).padStart(2, "0")}:${String(at % 60).padStart(2, "0")}`;
const sshd = (at: number, text: string) => `Nov 21 02:${clock(at)} host sshd[${at}]: ${text}`;
const get = (at: number, client: number, target: string) =>
  `192.0.2.${client} - - [21/Nov/2026:02:${clock(at)} +0000] "GET ${target} HTTP/1.1" 200 312 "-" "curl/8"`;

const users = ["amanda", "bertil", "cyrus"];
const texts = Array.from({ length: 900 }, (_, at) => [
  sshd(at, `Connection closed by 192.0.2.${at % 250} port ${40_000 + at} [preauth]`),
  sshd(at, `Accepted publickey for ${at < 4 ? users[at % 3] : "root"} from 192.0.2.${at % 250} port ${at}`),
]).flat();
const requests = Array.from({ length: 600 }, (_, at) => [
  get(at, at % 40, `/tags?flav=rss&id${at % 9}=1`),
  get(at, at % 5, `/list?few=1`),
]).flat();

async function learnt(lines: string[], options = {}): Promise<Uint8Array> {
  return (await learnText(`${lines.join("\n")}\n`, options)).model;
}

function reasonOf(model: Uint8Array, line: string): string {
  const engine = new Engine();
  engine.useModel(model, "learnt here");
  const [{ output }] = engine.tag(Buffer.from(`${line}\n`), { flags: batchFlag.only, seconds: 1_795_226_400n });
  const told = Buffer.from(output).toString();
  return JSON.parse(told.slice(told.lastIndexOf('"anomaly":') + 10, told.lastIndexOf("}"))).reason;
}

const withTexts = (model: Uint8Array, bytes: Uint8Array) =>
  encodeModel(new Engine(), new Map(decodeSections(model)).set(section.texts, bytes));

describe("known texts", () => {
  it("are quoted where a new one is like one of them, masked, with how often it came", async () => {
    const reset = sshd(7, "Connection reset by 198.51.100.7 port 22 [preauth]");
    const message = 'sshd: new message "Connection reset by 198.51.100.7 port 22 [preauth]"';
    expect(reasonOf(await learnt(texts), reset)).toBe(
      `${message}; nearest known, 900 times: "Connection closed by <n> port <n> [preauth]"`,
    );
    expect(reasonOf(await learnt(texts, { texts: false }), reset)).toBe(`${message}; none like it in 1,800 lines`);
  });

  it("and long new ones are quoted without what both begin with", async () => {
    const head = (at: number) =>
      `2026-11-21 02:${clock(at)},007 INFO [handler ${at % 9} on 4711] org.shop.deep.in.Carts: `;
    const told = Array.from({ length: 600 }, (_, at) => `${head(at)}progress of cart ${at} in aisle 7 is 0.${at}`);
    const model = await learnt(told);
    const lost = "cart 9 in aisle 7 is lost, its wheels were found in aisle 12";
    expect(reasonOf(model, `${head(7)}progress of ${lost}`)).toBe(
      `new message "...${lost}"; nearest known, 600 times: "...cart <n> in aisle <n> is <n>"`,
    );
    const whole = await learnt(told, { texts: false });
    expect(reasonOf(whole, `${head(7)}${"no cart here ".repeat(20)}`)).toMatch(
      /^new message "\[handler 7 on 4711\] org\.shop.{80}\.\.\."; none like it in 600 lines$/,
    );
  });

  it("hold words of the vocabulary alone, 120 bytes at most", async () => {
    const long = Array.from({ length: 100 }, (_, at) => sshd(at, `${"very ".repeat(40)}long`));
    const { patterns } = decodeTexts(decodeSections(await learnt([...texts, ...long])).get(section.texts)!);
    expect(patterns).toContain("Connection closed by <n> port <n> [preauth]");
    for (const text of patterns) expect(text.length).toBeLessThanOrEqual(textBytesMax);
    expect(patterns.some((text) => text.startsWith("very very") && text.endsWith("..."))).toBe(true);
    for (const user of users) expect(patterns.join("\n")).not.toContain(user);
  });

  it("name parameters that ten keys sent, and say which was always there", async () => {
    const model = await learnt(requests);
    expect(decodeTexts(decodeSections(model).get(section.texts)!).names).toEqual(["flav"]);
    expect(reasonOf(model, get(7, 3, "/tags"))).toBe("/tags without parameters; all 600 requests had flav");
    const without = reasonOf(await learnt(requests, { texts: false }), get(7, 3, "/tags"));
    expect(without).toBe("/tags without parameters: none of 600 requests");
  });

  it("are left out where the configuration says so, by compile too", async () => {
    const { configuration } = parseConfiguration("texts: false\n", "oddline.yaml");
    const sections = decodeSections(await learnt(texts));
    expect(sections.has(section.texts)).toBe(true);
    const compiled = decodeSections(reconfigure(new Engine(), sections, configuration, "compile"));
    expect(compiled.has(section.texts)).toBe(false);
  });

  it("are read within their section only", async () => {
    const model = await learnt(texts.slice(0, 400));
    const whole = { patterns: ["a <n>", "", "x".repeat(textBytesMax)], names: Array(namesMax).fill("id") };
    const bytes = encodeTexts(whole);
    const problem = (change: (view: DataView) => void, cut = bytes.length) => {
      const changed = bytes.slice(0, cut);
      change(new DataView(changed.buffer, changed.byteOffset, changed.length));
      return new Engine().tryModel(withTexts(model, changed));
    };
    expect(decodeTexts(bytes)).toEqual(whole);
    expect(problem(() => {})).toBeUndefined();
    const bad: [string, (view: DataView) => void, number?][] = [
      ["too short", () => {}, 15],
      ["rows cut", () => {}, 40],
      ["a text cut", () => {}, bytes.length - 1],
      ["too many patterns", (view) => view.setUint32(0, 0xffffffff, true)],
      ["too many names", (view) => view.setUint32(4, 5000, true)],
      ["names that wrap around", (view) => view.setUint32(4, 0xfffffffe, true)],
      ["not zero", (view) => view.setUint32(8, 1, true)],
      ["a text before the texts", (view) => view.setUint32(16, 16, true)],
      ["a text behind the end", (view) => view.setUint32(16, 0xfffffff0, true)],
      ["a text too long", (view) => view.setUint32(20, textBytesMax + 1, true)],
    ];
    for (const [what, change, cut] of bad) expect([what, problem(change, cut)]).not.toEqual([what, undefined]);
  });

  it("may be fewer than the patterns: the others are not quoted", async () => {
    const none = withTexts(await learnt(texts), encodeTexts({ patterns: [], names: [] }));
    const reset = sshd(7, "Connection reset by 198.51.100.7 port 22 [preauth]");
    expect(reasonOf(none, reset)).toContain("; none like it in 1,800 lines");
  });
});
