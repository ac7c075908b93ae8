/** The client's address in free text: ranks as in assembly/fields/client.ts, words as in clientWords.ts. */
import { type Address, readAddress, readHost } from "./address.js";
import type { Bytes } from "./hash.js";

const rank = { none: 0, bare: 2, at: 4, bracket: 6, named: 8, sender: 10, field: 12, client: 14 } as const;

const words = {
  client: `from client clients clientip clientaddr clientaddress clienthost cip callerip caller remote remoteip
    remoteaddr remoteaddress remotehost remoteipaddress rhost rip raddr rhostname origin originip oip peer peerip
    peeraddr peeraddress attacker attackerip offender intruder visitor viewer userip useraddr useraddress
    connecting connectingip ipaddress ban banned unban blocked`,
  sender: "src srcip srcaddr srchost srcipaddr source sourceip sourceaddr sourceaddress ipsrc saddr",
  other: `to on via local localip localaddr localaddress lip laddr lport dst dstip dstaddr daddr dest destip destination
    destinationip destinationaddr destinationaddress ipdst server serverip serveraddr upstream backend listen listens
    listening listener listenaddr bind bound binding interface gateway router nameserver dns resolver target targetip
    into starting started running serving available dial dialing lookup gw netmask mask subnet broadcast network nexthop
    route master replica slave node dvc dvchost deviceaddress it econnrefused etimedout ehostunreach
    enetunreach`,
  relay: "relay",
  address: "ip ips ipv4 ipv6 address addresses addr host hostname hostip at is inet inet6 tcp udp for with",
  chosen: `refused user username login account name ruser logname uid acct id session sessionid helo ehlo referer
    referrer url uri request query xforwardedfor xrealip forwardedfor forwarded`,
  transport: "tcp udp tls ws wss ip4 ip6 ipv4 ipv6 afinet afinet6",
  version: `version ver v release firmware build revision rev sdk agent api vrmf osversion appversion swversion
    fwversion commentinsert1 commentinsert2 commentinsert3`,
  deed: `fail failed fails failure failures failing login logins logon logged auth authenticate authenticated
    authentication authorization unauthorized unauthenticated denied deny denies invalid illegal reject rejected
    rejecting rejects refuse refused refusing ban banned unban blocked blocking blacklisted attack attacks attempt
    attempts attempted password passwd user username users connect connected connection connections connecting
    disconnect disconnected disconnecting dropped discarded tossed session sessions request requests requested query
    access client clients badlogin authfail forbidden abuse spam intrusion violation unknown get post head accept
    accepted allowed probe scan scanning flood exploit suspicious malicious credentials negotiate handshake blacklist
    rbl dnsbl proxy initiating`,
};
type Says = keyof typeof words;
const sets = Object.fromEntries(Object.entries(words).map(([says, list]) => [says, new Set(list.split(/\s+/))]));

function says(word: Bytes, ...any: Says[]): boolean {
  const name = word.replace(/[_.@$-]/g, "").toLowerCase();
  return any.some((what) => sets[what].has(name));
}

/** What a field names as the client: in canonical form where it is an address that needs one. */
export function clientOf(field: Bytes): Bytes {
  return (field.includes(":") && readHost(field)) || field;
}

/** Of a list of proxies' the last address that is no private one, of private ones the first. */
export function listedClient(before: Bytes): Bytes | undefined {
  let found: Bytes | undefined;
  for (const [, word, end] of before.matchAll(/([^ ,"]*)([ ,"]|$)/g)) {
    const address = readHost(word);
    if (address === undefined) continue;
    if (found === undefined || !isPrivate(address)) found = address;
    if (end !== ",") return found;
  }
  return found;
}

function isPrivate(address: Bytes): boolean {
  if (address.includes(":")) return address === "::1" || /^f[cd]..:/.test(address);
  return /^(?:10|127|192\.168|172\.(?:1[6-9]|2\d|3[01]))\./.test(address);
}

export function findClient(body: Bytes): Bytes {
  const text = body.slice(0, 2048);
  let best: { rank: number; key: Bytes } = { rank: rank.none, key: "" };
  for (const run of text.matchAll(/[0-9A-Fa-f.:]+/g)) {
    const found = rankRun(text, run.index, run[0]);
    if (!found) continue;
    if (found.rank > best.rank || (found.rank === best.rank && (found.rank >= rank.client || found.rank % 2 === 1))) {
      best = found;
    }
  }
  if (best.rank < rank.sender && !(text.match(/[A-Za-z\x80-\xff]+/g) ?? []).some((word) => says(word, "deed")))
    return "";
  return best.key;
}

const wordByte = /[A-Za-z0-9_\x80-\xff]/;

function rankRun(text: Bytes, at: number, run: Bytes): { rank: number; key: Bytes } | undefined {
  if (run.length > 64) return undefined;
  const behind = text.slice(at + run.length);
  let address = run;
  while (/\.$|(?<!:):$/.test(address)) address = address.slice(0, -1);
  const transport = behind[0] === "/" && text[at - 1] === "/" && says(wordBefore(text.slice(0, at - 1)), "transport");
  if (/^(?:-?[A-Za-z0-9_\x80-\xff]|\/(?!\d+\.))/.test(behind) && !transport) return undefined;
  const start = { at, found: wordByte.test(text[at - 1] ?? " ") ? undefined : readAddress(address) };
  if (!start.found && address.includes(":")) {
    const label = address.indexOf(":") + 1;
    address = address.slice(label);
    start.at += label;
    start.found = readAddress(address);
  }
  if (!start.found || !isUnicast(address, start.found)) return undefined;
  const before = text.slice(0, start.at);
  const value = rankBetween(before, start.found.hasPort, behind);
  if (value === rank.none) return undefined;
  const port = text.startsWith(" port ", start.at + address.length) ? 1 : 0;
  return { rank: value + port, key: start.found.text };
}

function isUnicast(run: Bytes, address: Address): boolean {
  if (!address.text.includes(":")) {
    const first = Number(address.text.split(".")[0]);
    return first === 0 ? address.text === "0.0.0.0" && !address.hasPort : first < 224;
  }
  return address.text !== "::" && !/^ff..:/.test(address.text) && /\d/.test(run);
}

/** The word that ends the text; empty where it ends in something else. */
function wordBefore(text: Bytes): Bytes {
  return /[A-Za-z0-9_.\x80-\xff-]{0,64}$/.exec(text)![0];
}

function rankBetween(text: Bytes, hasPort: boolean, behind: Bytes): number {
  let before: Bytes | undefined = text;
  if (text === "" && hasPort && behind.startsWith(" - ")) return rank.client;
  // a node among the parts of its name
  if (before.endsWith("}{") || (before.endsWith("][") && behind.startsWith("]["))) return rank.none;
  if (/-$/.test(before)) return wordByte.test(before.at(-2) ?? " ") ? rank.none : rank.bare;
  if (/\/$/.test(before)) {
    before = beforeSlash(before.slice(0, -1), hasPort);
    if (before === undefined) return rank.none;
    if (before === "" && hasPort && behind.startsWith(" ")) return rank.client;
  } else if (/\]$/.test(before)) {
    const word = wordBefore(before.slice(0, -1));
    if (!says(word, "transport") || before.at(-word.length - 2) !== "[") return rank.bare;
    before = before.slice(0, -word.length - 2);
  }
  const opened = /[ \t[({<=:"'\\`#@>]{0,8}$/.exec(before)![0];
  const signs = opened.slice(Math.max(opened.lastIndexOf("@"), opened.lastIndexOf(">")) + 1);
  if (signs.includes("([")) return rank.bare;
  if (signs.length < opened.length) {
    const sign = opened.length - signs.length - 1;
    if (opened[sign] === "@") return rank.at;
    return /[-= ]>$/.test(before.slice(0, before.length - signs.length)) ? rank.none : rank.bare;
  }
  before = before.slice(0, before.length - signs.length);
  if (before.endsWith(":-")) return rank.none;
  const word = wordBefore(before);
  const rest = before.slice(0, before.length - word.length);
  const isField = signs.includes("=");
  if (says(word, "client") || isHandedOver(word, rest) || (isField && says(word, "sender"))) {
    // a DHCP server answers
    if (!isField && says(word, "client") && /(?:DHCPACK|DHCPNAK|DHCPOFFER) $/.test(rest)) return rank.none;
    return !isField ? rank.client : /[=?&]$/.test(rest) ? rank.none : rank.field;
  }
  // Go's server
  if (says(word, "other", "version", "relay")) return rest.endsWith("panic ") ? rank.client : rank.none;
  if (says(word, "chosen") && /[=:]/.test(signs)) return rank.none;
  const isSender = /^ *(?:[-=]>|> |to [\d/]|#(?!53(?!\d))\d)/.test(behind) && behind.replace(/^ */, "").length >= 4;
  if (says(word, "address", "sender")) return rankByNext(rest, isSender ? rank.sender : rank.named);
  if (isSender || /^ [^ ]*\. [^ ]* IN/.test(behind)) return rank.sender;
  if (/[[(]/.test(signs)) return word === "" ? rank.bracket : rankByNext(rest, rank.bracket);
  if (!/^#53(?!\d)/.test(behind)) return rank.bare;
  return rest.endsWith("client @") ? rank.client : rank.none;
}

/** A relay hands a mail over; where `to=` stands before it, one is handed to it. */
function isHandedOver(word: Bytes, rest: Bytes): boolean {
  return says(word, "relay") && !rest.includes(" to=");
}

function rankByNext(text: Bytes, otherwise: number): number {
  const opened = /[ \t[({<=:"'\\`#]{0,8}$/.exec(text)![0];
  const before = text.slice(0, text.length - opened.length);
  const word = wordBefore(before);
  const rest = before.slice(0, before.length - word.length);
  if (says(word, "client", "sender") || isHandedOver(word, before.slice(0, -word.length))) return rank.client;
  if (!says(word, "other", "version", "relay")) return otherwise;
  return rest.endsWith("resolve ") ? rank.client : rank.none;
}

/** What the words stand in that belong to an address behind a slash; undefined for a path. */
function beforeSlash(text: Bytes, hasPort: boolean): Bytes | undefined {
  if (/[/)]$/.test(text)) return undefined;
  const word = wordBefore(text);
  if (word === "") return text;
  if (!says(word, "transport")) return hasPort ? text.slice(0, text.length - word.length) : undefined;
  let before = text.slice(0, text.length - word.length);
  while (before.endsWith("/")) {
    const next = wordBefore(before.slice(0, -1));
    if (!says(next, "transport")) return before.slice(0, -1);
    before = before.slice(0, before.length - 1 - next.length);
  }
  return before;
}
