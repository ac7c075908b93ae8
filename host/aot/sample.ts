/**
 * Records of every kind the filter treats differently, with times of their own: a shop's day with oddities, requests
 * that fail in a row, a flood, texts, JSON and text that nobody has seen.
 */
import { Draws } from "../demo/draws.js";
import { shopLog } from "../demo/shop.js";

export const historySeconds = Date.UTC(2026, 10, 20, 8) / 1000;
const freshSeconds = historySeconds + 86_400;
const historyLines = 4000;
const freshLines = 1500;
const otherLines = 600;
const floodLines = 300;
const seed = 7;

const linesOf = (log: string) => log.trimEnd().split("\n");

/** What the sample's model learns. */
export const history = (): string[] => linesOf(shopLog(seed, historySeconds, historyLines, false));

/** One JSON object a line; `time` is when it arrives. */
export function sampleRecords(): string[] {
  const random = new Draws(seed);
  const texts = [
    ...linesOf(shopLog(seed + 1, freshSeconds, freshLines, true)),
    ...Array.from({ length: otherLines }, (_, i) => other(random, i)),
    ...Array.from({ length: floodLines }, (_, i) => failing(i)),
  ];
  return texts.map((text, i) => {
    const time = new Date((freshSeconds + i) * 1000).toISOString().replace(/\.\d+/, "");
    return text.startsWith("{")
      ? text.replace("{", `{"arrived":"${time}",`)
      : JSON.stringify({ arrived: time, log: text });
  });
}

function other(random: Draws, i: number): string {
  const clock = new Date((freshSeconds + i) * 1000).toISOString();
  const host = `192.0.2.${random.integer(1, 250)}`;
  const id = random.integer(0, 2 ** 31 - 1).toString(16);
  const kinds = [
    () =>
      `Nov 21 ${clock.slice(11, 19)} web1 sshd[${random.integer(900, 32_000)}]: Failed password for root from ${host}`,
    () =>
      `E1121 ${clock.slice(11, 19)}.${random.integer(100_000, 999_999)} 17 pod.go:9] sync of pod "web-${id}" failed`,
    () => `ts=${clock} level=warn remote=${host} trace_id=${id} msg="query took ${random.integer(1, 9000)} ms"`,
    () => JSON.stringify({ level: "error", remote_addr: host, status: 500, msg: `out of memory at ${id}` }),
    () => `${nobodysWord(random)} ${nobodysWord(random)} [${id}] ${nobodysWord(random)}: "é\\" ${nobodysWord(random)}`,
  ];
  return kinds[i % kinds.length]();
}

function nobodysWord(random: Draws): string {
  return Array.from({ length: random.integer(3, 12) }, () => random.pick([..."abcdefghijklmnopqrstuvwxyz"])).join("");
}

/** More errors, and more requests, from one client in a few seconds than anyone has. */
function failing(i: number): string {
  const clock = `09:00:0${Math.floor((i * 10) / floodLines)}`;
  return `203.0.113.9 - - [21/Nov/2026:${clock} +0000] "GET /login?id=${i} HTTP/1.1" 500 312 "-" "curl/8.9.1"`;
}
