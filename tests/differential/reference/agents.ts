/** User agents and referrers (assembly/formats/access.ts and assembly/detect/agents/), and how odd they are. */
import type { Bytes } from "./hash.js";
import { hashPair } from "./hash.js";
import type { ReferenceModel } from "./model.js";

export const scanners = `
  sqlmap nikto nmap masscan zgrab gobuster dirbuster dirb dirsearch feroxbuster ffuf wfuzz wpscan nuclei
  acunetix nessus openvas burp burpsuite burpcollaborator hydra w3af arachni havij zmeu morfeus jorgee
  netsparker whatweb joomscan sqlninja commix skipfish wapiti xsser fimap bbqsql zaproxy webinspect
`
  .trim()
  .split(/\s+/);
export const agentsGroup = 0xa9c3f2d17be05846n;
const kinds = { family: 1n, scanner: 2n, agentCharacter: 3n, referrerCharacter: 4n };

export interface Mark {
  name: "family" | "scanner" | "character";
  value: bigint;
}

/** The two texts behind the size of an access line; undefined where they do not stand there. */
export function agentOf(message: Bytes): { referrer?: Bytes; agent?: Bytes } {
  const bracket = message.indexOf("[");
  const rest = message.slice(message.indexOf('] "', bracket) + 3);
  const closed = /^(|.*?[^\\])" [\d-]/s.exec(rest);
  const answer = closed && /^ [1-9]\d\d.(?:\d+|.)/s.exec(rest.slice(closed[1].length + 1));
  if (!answer) return {};
  const behind = rest.slice(closed![1].length + 1 + answer[0].length);
  const [referrer, agent] = quotedTexts(behind);
  return { referrer: referrer === "-" ? undefined : referrer, agent };
}

/** Two texts between quotes behind numbers, a space before each; a quote behind a backslash is part of its text. */
function quotedTexts(text: Bytes): Bytes[] {
  const found = /^[-./0-9 ]*? "((?:[^"]|(?<=\\)")*?)(?<!\\)"(?: "((?:[^"]|(?<=\\)")*?)(?<!\\)")?/s.exec(text);
  return found ? found.slice(1) : [];
}

/** What one agent is remembered by. */
export function marksOfAgent(agent: Bytes): Mark[] {
  const words = agent.slice(0, 256).split(/[^A-Za-z0-9\x80-\xff]/);
  const scanner = words.map(lowerCase).find((word) => scanners.includes(word));
  return [
    { name: "family", value: (kinds.family << 32n) | nameHash(familyOf(agent)) },
    ...(scanner ? [{ name: "scanner" as const, value: (kinds.scanner << 32n) | nameHash(scanner) }] : []),
    ...charactersOf(agent, kinds.agentCharacter),
  ];
}

export const marksOfReferrer = (referrer: Bytes): Mark[] => charactersOf(referrer, kinds.referrerCharacter);

export function familyOf(agent: Bytes): Bytes {
  const pieces = agent.startsWith("Mozilla/") ? agent.split(/(?<=mpatible;)/) : [agent];
  const named =
    pieces.length > 1 && agent.length > pieces.slice(0, -1).join("").length ? pieces.at(-1)!.slice(1) : agent;
  return /^\d*[A-Za-z\x80-\xff._-]*/.exec(named.slice(0, 40))![0];
}

/** \xHH is the byte that a server would not print; %24 and %7b are what they stand for. */
function plain(text: Bytes): Bytes {
  return text.replace(/\\x([0-9a-f]{2})|%(24|7b)/gi, (_, byte, sign) =>
    String.fromCharCode(parseInt(byte ?? sign, 16)),
  );
}

function charactersOf(text: Bytes, kind: bigint): Mark[] {
  const strange = [...plain(text)].filter((c) => /[\x00-\x1f$'"<>\\`{}\x7f]/.test(c));
  const bits = [...new Set(strange.map((c) => c.charCodeAt(0) & 63))].sort((a, b) => a - b);
  return bits.map((bit) => ({ name: "character", value: (kind << 32n) | BigInt(bit) }));
}

const lowerCase = (text: Bytes) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** FNV-1a of a name without its signs (assembly/runtime/nameTable.ts). */
function nameHash(name: Bytes): bigint {
  let hash = 0x811c9dc5;
  for (const c of lowerCase(name).replace(/[_.@$-]/g, "")) hash = Math.imul(hash ^ c.charCodeAt(0), 0x01000193);
  return BigInt(hash >>> 0);
}

/** What is told of a request, and its score; undefined where all is ordinary. */
export function findingOf(
  { referrer, agent }: { referrer?: Bytes; agent?: Bytes },
  { table }: ReferenceModel,
): { name: Mark["name"] | "lookup"; score: number } | undefined {
  const group = table.get(agentsGroup);
  const nats = (times: number) => -Math.log(times / (group!.count + 1)) / Math.log(1000);
  const unknown = (marks: Mark[], name: Mark["name"]) =>
    marks.some((mark) => mark.name === name && !table.has(hashPair(agentsGroup, mark.value)));
  const strange = (text: Bytes, marks: Mark[]) => {
    if (plain(text).includes("${")) return { name: "lookup" as const, score: 4 };
    const isNews = group && nats(0.5) > 1 && unknown(marks, "character");
    return isNews ? { name: "character" as const, score: 2 } : undefined;
  };
  if (agent) {
    const marks = marksOfAgent(agent);
    const found = strange(agent, marks);
    if (found) return found;
    if (group && unknown(marks, "scanner")) return { name: "scanner", score: 2 };
    const score = group && unknown(marks, "family") ? nats(group.once + 0.5) : 0;
    if (score > 1) return { name: "family", score };
  }
  return referrer ? strange(referrer, marksOfReferrer(referrer)) : undefined;
}
