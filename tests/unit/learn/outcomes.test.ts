/** A success where all else failed, and values that are made of anything: what is news of them, and what is not. */
import { beforeAll, describe, expect, it } from "vitest";
import { Engine } from "../../../host/wasm/engine.js";
import { seededRandom } from "../../support/hostile.mjs";
import { learnText } from "../../support/learning.js";

const seconds = BigInt(Date.UTC(2026, 10, 21, 3) / 1000);
const line = (target: string, status = 200, client = 7) =>
  `198.51.${client % 40}.7 - - [21/Nov/2026:02:11:09 +0000] "GET ${target} HTTP/1.1" ${status} 512 "-" "browser"\n`;
const random = seededRandom(3);
const identifier = () =>
  Array.from({ length: 40 }, () => "abcdefghkmnpqrstxyzABCDEFGH123456789-_"[Math.floor(random() * 38)]).join("");
const pages = ["/", "/shop/list", "/shop/item?id=4", "/news/today", "/about.html"];

function log(identifiers: boolean): string {
  const lines = Array.from({ length: 4000 }, (_, i) => line(pages[i % 5], 200, i));
  for (let i = 0; i < 60; i++) lines.push(line(["/.env", "/.git/config", "/wp-login.php"][i % 3], 404, i));
  for (let i = 0; i < 30; i++) lines.push(line("/shop/list", 503, i), line("/robots.txt", i % 2 ? 200 : 404, i));
  for (let i = 0; identifiers && i < 80; i++) lines.push(line(`/?click=${identifier()}`, 200, i));
  return lines.join("");
}

let model: Uint8Array;
beforeAll(async () => {
  model = (await learnText(log(true))).model;
});

function reasonOf(text: string, by = model): string {
  const engine = new Engine(7n);
  engine.useModel(by, "learnt here");
  const [part] = [...engine.tag(Buffer.from(text), { flags: 0, seconds })];
  return JSON.parse(Buffer.from(part.output).toString()).anomaly?.reason ?? "";
}

describe("a success", () => {
  it("is news of a path, below a name, and of an extension that only ever failed", () => {
    expect(reasonOf(line("/.env"))).toBe(".env: a success; all 20 requests for it or below it failed");
    expect(reasonOf(line("/.git/HEAD"))).toMatch(/^\/\.git: a success; all 20 requests/);
    expect(reasonOf(line("/files/up.php"))).toMatch(/^\.php: a success; all 20 requests/);
  });

  it("is none where some succeeded, nor is another failure or a redirection", () => {
    const ordinary = [line("/robots.txt"), line("/.env", 404), line("/.git/config", 404), line("/.env", 301)];
    for (const text of ordinary) expect(reasonOf(text)).not.toContain("a success");
  });
});

describe("a parameter whose values are made of anything", () => {
  it("is no news by what its next value is made of", () => {
    expect(reasonOf(line(`/?click=${identifier()}`))).toBe("");
  });

  it("is where it has signs that no value had", () => {
    expect(reasonOf(line(`/?click=${identifier()}%27%20or%201=1--`))).not.toBe("");
  });

  it("says nothing of parameters that always held words", async () => {
    const { model: without } = await learnText(log(false));
    expect(reasonOf(line(`/shop/item?id=${identifier()}`), without)).not.toBe("");
    expect(reasonOf(line(`/shop/item?id=${identifier()}`))).not.toBe("");
  });
});
