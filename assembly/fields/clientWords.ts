/** What the words beside an address say about it. Names as in nameTable.ts: case, `_`, `-` and `.` do not count. */

import { reserve } from "../runtime/memory";
import { addHashes, addNames, findName, NAME_START, nameHash, newNameTable } from "../runtime/nameTable";
import { bytesOf, firstByte, Text } from "../runtime/text";

/** The address behind it is the other side's: a client, a sender, an attacker. */
export const WORD_CLIENT: u32 = 1;
/** The address behind it is a destination or the machine's own. */
export const WORD_OTHER: u32 = 2;
/** Says no more than that an address follows; the word before it decides. */
export const WORD_ADDRESS: u32 = 4;
/** What follows is a version, whatever it looks like. */
export const WORD_VERSION: u32 = 8;
/** A line with such a word speaks of what somebody did: an address without a word of its own is theirs. */
export const WORD_ACTION: u32 = 16;

/** A protocol: stands in `UDP/1.2.3.4/53` and says nothing about whose address it is. */
export const WORD_TRANSPORT: u32 = 32;
/** A field that a stranger fills in as he likes. */
export const WORD_CHOSEN: u32 = 64;
/** Where packets came from: a client's as the name of a field, between machines in prose. */
export const WORD_SENDER: u32 = 128;

/** Who hands a mail over to this machine; with `to=` before it, whom this machine hands one over to. */
export const WORD_RELAY: u32 = 256;

let table: usize = 0;
/** A bit for each pair of letters that begins a word for an action: most words are decided by it at once. */
let actionStartsPtr: usize = 0;
const ACTION_STARTS_BYTES: usize = 128;
const ACTION_BYTES: usize = 6;

export function initialiseClientWords(): bool {
  if (table != 0) return true;
  table = newNameTable();
  actionStartsPtr = reserve(ACTION_STARTS_BYTES);
  if (table == 0 || actionStartsPtr == 0) return false;
  addNames(table, "from client clients clientip clientaddr clientaddress clienthost cip callerip caller", WORD_CLIENT);
  addNames(
    table,
    "remote remoteip remoteaddr remoteaddress remotehost remoteipaddress rhost rip raddr rhostname",
    WORD_CLIENT,
  );
  addNames(
    table,
    "src srcip srcaddr srchost srcipaddr source sourceip sourceaddr sourceaddress ipsrc saddr",
    WORD_SENDER,
  );
  addNames(table, "origin originip oip peer peerip peeraddr peeraddress attacker attackerip", WORD_CLIENT);
  addNames(table, "offender intruder visitor viewer userip useraddr useraddress", WORD_CLIENT);
  addNames(table, "relay", WORD_OTHER | WORD_RELAY);
  addNames(table, "connecting connectingip ipaddress ban banned unban blocked", WORD_CLIENT);
  addNames(
    table,
    "to on via local localip localaddr localaddress lip laddr lport dst dstip dstaddr daddr dest destip",
    WORD_OTHER,
  );
  addNames(
    table,
    "destination destinationip destinationaddr destinationaddress ipdst server serverip serveraddr",
    WORD_OTHER,
  );
  addNames(
    table,
    "upstream backend listen listens listening listener listenaddr bind bound binding interface",
    WORD_OTHER,
  );
  addNames(
    table,
    "gateway router nameserver dns resolver target targetip into starting started running serving",
    WORD_OTHER,
  );
  addNames(
    table,
    `available dial dialing lookup gw netmask mask subnet broadcast network nexthop route master replica slave node dvc
    dvchost deviceaddress it econnrefused etimedout ehostunreach enetunreach`,
    WORD_OTHER,
  );
  addNames(
    table,
    "ip ips ipv4 ipv6 address addresses addr host hostname hostip at is inet inet6 tcp udp for with",
    WORD_ADDRESS,
  );
  addNames(table, "refused user username login account name ruser logname uid acct id session sessionid", WORD_CHOSEN);
  addNames(
    table,
    "helo ehlo referer referrer url uri request query xforwardedfor xrealip forwardedfor forwarded",
    WORD_CHOSEN,
  );
  addNames(table, "tcp udp tls ws wss ip4 ip6 ipv4 ipv6 afinet afinet6", WORD_TRANSPORT);
  addNames(
    table,
    `version ver v release firmware build revision rev sdk agent api vrmf osversion appversion swversion fwversion
    commentinsert1 commentinsert2 commentinsert3`,
    WORD_VERSION,
  );
  addActions(`fail failed fails failure failures failing login logins logon logged auth authenticate authenticated
    authentication authorization unauthorized unauthenticated denied deny denies invalid illegal reject rejected
    rejecting rejects refuse refused refusing ban banned unban blocked blocking blacklisted attack attacks attempt
    attempts attempted password passwd user username users connect connected connection connections connecting
    disconnect disconnected disconnecting dropped discarded tossed session sessions request requests requested query
    access client clients badlogin authfail forbidden abuse spam intrusion violation unknown get post head accept
    accepted allowed probe scan scanning flood exploit suspicious malicious credentials negotiate handshake
    blacklist rbl dnsbl proxy initiating`);
  return true;
}

/** Each a hash and the two letters that the word begins with. */
function addActions(names: Text): void {
  addHashes(table, names, ACTION_BYTES, WORD_ACTION);
  let ptr = firstByte(names);
  for (let left = bytesOf(names); left > 0; left--) {
    const start = startOf(<u32>load<u8>(ptr, 4), <u32>load<u8>(ptr, 5));
    const bitsPtr = actionStartsPtr + (start >> 3);
    store<u8>(bitsPtr, load<u8>(bitsPtr) | ((<u8>1) << (<u8>(start & 7))));
    ptr += ACTION_BYTES;
  }
}

// @ts-ignore: decorator
@inline
function startOf(first: u32, second: u32): u32 {
  return ((first & 31) << 5) | (second & 31);
}

/** Whether some word for an action begins with the two bytes at ptr. */
// @ts-ignore: decorator
@inline
export function mayBeAction(ptr: usize): bool {
  const start = startOf(<u32>load<u8>(ptr), <u32>load<u8>(ptr, 1));
  return ((<u32>load<u8>(actionStartsPtr + (start >> 3)) >> (start & 7)) & 1) != 0;
}

/** The WORD bits of [ptr, endPtr), 0 for a word that says nothing here. */
export function clientWord(ptr: usize, endPtr: usize): u32 {
  return findName(table, nameHash(NAME_START, ptr, endPtr));
}
