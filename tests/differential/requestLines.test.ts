/** Request lines that are none, or more than one: nothing that stands in one goes unseen. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Engine } from "../../host/wasm/engine.js";
import { seededRandom } from "../support/hostile.mjs";
import { Inspector } from "../support/inspect.js";
import { learnFiles, withFolder } from "../support/learning.js";
import { parseLine } from "./reference/parse.js";
import { signatureOf } from "./reference/signature.js";

const arrival = Date.UTC(2026, 10, 21, 3) / 1000;
const seconds = BigInt(arrival);
const line = (request: string, status = 200) =>
  `192.0.2.7 - - [21/Nov/2026:02:11:09 +0000] "${request}" ${status} 512 "-" "browser"`;
const json = (request: string, status = 200) =>
  JSON.stringify({ time: "2026-11-21T02:11:09Z", remote_addr: "192.0.2.7", request, status });
const haproxy = (request: string, status = 200) =>
  `192.0.2.7:4711 [21/Nov/2026:02:11:09.123] front back/web1 0/0/1/2/3 ${status} 512 - - ---- 1/1/0/0/0 0/0 "${request}"`;

const paths = ["/", "/a", "/a/list", "/a/item?id=4", "/a/item?id=17", "/b/search?q=red+shoes", "/b/search?q=hat"];
const attack = "' union select password from users--";
/** Each carries what no ordinary request has, somewhere in the line. */
const hidden = [
  `GET /a HTTP/1.1 ${attack} HTTP/1.1`,
  `GET /a HTTP/1.1 ${attack}`,
  `GET /a HTTP/1.0 HTTP/1.1`,
  "GET /a HTTP/1.1HTTP/1.1",
  "GET /a HTTP/1.1/../../etc/passwd",
  `GET /a/item?id=4 HTTP/1.1 ${attack} HTTP/1.1`,
  `GET /a/item?id=4 ${attack} HTTP/1.1`,
  `GET /a HTTP/${attack}`,
  "GET /a HTTP/9.9x",
  "GET /a HTTP/';",
  "GET /a HTTP/x.y",
  "GET /a HTTP/1.12",
  "GET /a  HTTP/1.1",
  "GET  /a HTTP/1.1",
  "GET /a HTTP/1.1 ",
  "GET /a http/1.1",
  "GET\t/a HTTP/1.1",
  "GET /a\tHTTP/1.1",
  "GET /a\u000bHTTP/1.1",
  "GET /a\\x00 HTTP/1.1",
  "GET /a\u0001 HTTP/1.1",
  "GET /a%00 HTTP/1.1",
  "GET",
  "GET ",
  "GET  HTTP/1.1",
  "GET HTTP/1.1",
  "",
  "-",
  "\\x16\\x03\\x01\\x02",
  `G${"E".repeat(30)}T /a HTTP/1.1`,
  "GE=T /a HTTP/1.1",
  "GET http://192.0.2.99/a HTTP/1.1",
  "CONNECT 192.0.2.99:443 HTTP/1.1",
  "OPTIONS * HTTP/1.1",
  "PRI * HTTP/2.0",
];
/** The same as far as anybody can see: versions and their absence say nothing. */
const ordinary = ["GET /a HTTP/1.0", "GET /a HTTP/2", "GET /a HTTP/3", "GET /a HTTP/2.0", "GET /a HTTP/0.9", "GET /a"];

const inspectors = new Map<string, Inspector>();
const formats = { access: line, json, haproxy };

beforeAll(async () => {
  for (const [name, write] of Object.entries(formats)) {
    const lines = Array.from({ length: 4000 }, (_, i) => `${write(`GET ${paths[i % paths.length]} HTTP/1.1`)}\n`);
    const { model } = await withFolder(async (folder) => {
      writeFileSync(join(folder, "log"), lines.join(""));
      return learnFiles([join(folder, "log")]);
    });
    const engine = new Engine(3n);
    engine.useModel(model, "learnt here");
    inspectors.set(name, new Inspector(engine));
  }
});

const bytesOf = (text: string) => Buffer.from(text).toString("latin1");

describe("request lines", () => {
  for (const [name, write] of Object.entries(formats)) {
    const inspect = (request: string) => inspectors.get(name)!.inspect(bytesOf(write(request)), arrival);

    it(`are news where anything in them is odd (${name})`, () => {
      // What is no request at all has no place in a record of fields or in HAProxy's: it is judged as a text there.
      const isText = (request: string) => name !== "access" && !inspect(request)?.event.request;
      const quiet = hidden.filter((request) => !isText(request) && !((inspect(request)?.score ?? 0) > 1));
      expect(quiet).toEqual([]);
    });

    it(`are ordinary with any protocol or none (${name})`, () => {
      for (const request of ordinary) expect(inspect(request)?.score, request).toBeLessThan(1);
    });

    it(`are read as the reference reads them (${name})`, () => {
      const random = seededRandom(7);
      const parts = [
        "GET",
        " ",
        "\t",
        "/a",
        "HTTP/1.1",
        "HTTP/2",
        "HTTP/",
        "'",
        "\\",
        "?x=",
        "%20",
        "..",
        "http:",
        "\u0001",
      ];
      const mixed = Array.from({ length: 1500 }, () =>
        Array.from({ length: 1 + Math.floor(random() * 8) }, () => parts[Math.floor(random() * parts.length)]).join(""),
      );
      for (const request of [...hidden, ...ordinary, ...mixed, ...mixed.map((some) => `GET /a${some} HTTP/1.1`)]) {
        const found = inspect(request);
        const expected = parseLine(bytesOf(write(request)), arrival);
        expect(found?.event, JSON.stringify(request)).toEqual(expected);
        if (found && signatureOf(expected) !== undefined)
          expect(found.signature, JSON.stringify(request)).toBe(signatureOf(expected));
      }
    });
  }

  it("carry all that follows into the target", () => {
    const { event } = inspectors.get("access")!.inspect(bytesOf(line(hidden[0])), arrival)!;
    expect(event.request?.target).toBe(`/a HTTP/1.1 ${attack}`);
  });

  it("that are malformed are no news where they always came", async () => {
    const random = seededRandom(5);
    const junk = () =>
      Array.from(
        { length: 12 },
        () =>
          `\\x${Math.floor(random() * 256)
            .toString(16)
            .padStart(2, "0")}`,
      ).join("");
    const lines = Array.from({ length: 4000 }, (_, i) => `${line(i % 5 ? `GET ${paths[i % 7]} HTTP/1.1` : junk())}\n`);
    const { model } = await withFolder(async (folder) => {
      writeFileSync(join(folder, "log"), lines.join(""));
      return learnFiles([join(folder, "log")]);
    });
    const engine = new Engine(3n);
    engine.useModel(model, "learnt here");
    const [scores] = [...engine.scores(Buffer.from(`${line(junk(), 400)}\n`), { flags: 0, seconds })];
    expect(scores[0]).toBeLessThan(1);
  });
});
