/** Fields under their usual names (assembly/fields/named.ts), from the members of JSON objects or from pairs. */
import { hasPort, readHost } from "./address.js";
import { clientOf, listedClient } from "./client.js";
import type { ConfiguredFields } from "./configured.js";
import { dateAt, zoneOf } from "./dates.js";
import type { Bytes } from "./hash.js";
import { levelOf, levelOfSeverity, levelOfTen } from "./levels.js";
import { type ParsedEvent, targetOf } from "./parse.js";
import { membersOf, withoutEscapes } from "./record.js";

const kinds: Record<string, string> = {
  time: `timestamp time ts t datetime eventtime logtime asctime timelocal timeiso8601 starttime startutc
    sourcerealtimetimestamp realtimetimestamp eventtimestamp createdat date creationtime eventcreationtime
    timemillis instantepochsecond published unixtime idtime tdate edgestarttimestamp requestreceivedtimestamp
    timecreated devtime requesttimeepoch lastupdatetime syslogauditrecordisotimestamp startedat
    reqtimesec timereceivedns timereceived first timereported timegenerated systemtime msec timestampend lastswitched
    flowendmilliseconds timeunixnano`,
  zone: "tz timezone",
  level: `level lvl l severity severitytext levelname loglevel priority logseverity severitylabel errorseverity
    syslogseverity syslogseveritytext`,
  priority: "pri",
  levelWord: "s label at",
  levelOfTen: "sev",
  query: "csuriquery urlquery requestquery querystring args",
  logFile: "file filename filepath logfilepath",
  windows: "eventid channel providername leveldisplayname",
  nextcloud: "reqid",
  status: `status code statuscode httpstatus httpstatuscode httpcode responsestatus responsecode responsestatuscode
    httpresponsestatuscode httpresponsestatus downstreamstatus scstatus resstatuscode resstatus httprequeststatus
    edgeresponsestatus elbstatuscode httpresponse`,
  bytes: `bytes bytessent bodybytessent size responsesize responsebytes responselength networkbytes
    httpresponsebodybytes httpresponsebytes downstreamcontentsize scbytes totalbytes len edgeresponsebytes
    httprequestresponsesize`,
  bytesPart: `origbytes respbytes bytesin bytesout sentbyte rcvdbyte sentbytes rcvdbytes receivedbytes sourcebytes
    destinationbytes clientbytes serverbytes bytestoserver bytestoclient flowbytestoserver flowbytestoclient inbytes
    outbytes srcbytes dstbytes bytesreceived recvbytes bytesfromclient bytesfromserver initiatorbytes responderbytes`,
  client: "remote remoteaddr",
  clientAddress: `client clientip clientaddr clientaddress clienthost remoteip remoteaddress remotehost
    remoteipaddress ip ipaddress ipaddr cip peer peeraddress peeraddr peerip userip rhost rip requestremoteip
    requestremoteaddr requestclientip reqremoteaddress httpclientip callerip sourceipaddress httprequestremoteip
    calleripaddress clientipaddress originaddress sourceips requestmetadatacallerip attrremote
    syslogauditrecordstation xrealip httprequestclientip downstreamremoteaddress cliip requestip`,
  sender: `src srcip srcaddr srcipaddr source sourceaddress saddr ipsrc idorigh origh ipv4srcaddr ipv6srcaddr
    src4addr src6addr sourceipv4address sourceipv6address`,
  senderOrRelay: "sourceip",
  destination: `dst dstip dstaddr dstipaddr dest destip destaddr destination destinationip destinationaddress daddr
    ipdst idresph resph ipv4dstaddr ipv6dstaddr dst4addr dst6addr destinationipv4address destinationipv6address`,
  destinationPort: `dstport destport destinationport dport dpt idrespp respp portdst l4dstport
    destinationtransportport`,
  sourcePort: "srcport sourceport sport spt portsrc l4srcport sourcetransportport",
  method: `method requestmethod httpmethod httprequestmethod reqmethod csmethod verb clientrequestmethod
    httprequestrequestmethod httphttpmethod`,
  target: `path uri url requesturi requesturl requestpath reqpath urlpath urloriginal requrl originalurl httpurl
    httptarget httprequesturi clientrequesturi httprequestrequesturl csuristem`,
  request: "request requestline",
  source: "ident program appname logger loggername loglogger syslogidentifier sourcecontext component",
  errorFlag: "iserror",
  shipper: "sourcetype",
  errorText: "err error errormessage errmessage exception exceptionmessage errormsg cause x",
  stackTrace: "stacktrace stack errorstacktrace errorstack errstack exceptionstacktrace exceptionstack",
  duration: "requesttime responsetime rt urt duration latency elapsed took",
};
const kindOf = new Map(
  Object.entries(kinds).flatMap(([kind, names]) => names.split(/\s+/).map((name) => [name, kind])),
);
const entered = new Set(
  `http httprequest httpresponse httpresponsebody request response req res client source destination url log err
    error exception level network flow remote useragent t instant responsestatus requestmetadata attr syslog
    syslogauditrecord id`.split(/\s+/),
);
const renamed = new Set(
  `fields properties attributes context ctx data record message msg event jsonpayload protopayload connection
    logevent winlog eventdata netflow requestheaders reqheaders httprequestheaders mdc meta
    extra system #attributes timecreated time timestamp datetime conn`.split(/\s+/),
);
const ranks: Record<string, number> = {
  ...{
    log: 8,
    message: 7,
    renderedmessage: 7,
    textpayload: 7,
    msg: 6,
    shortmessage: 5,
    m: 4,
    mt: 3,
    messagetemplate: 3,
  },
  ...{ event: 2, text: 2, body: 1 },
};
export const logRank = ranks.log;

const depthMax = 4;
const bytesMax = 2n ** 53n;

/** What says something of a flow (assembly/fields/flowNames.ts), but for its ends. */
const flowNames = new Set(
  `bytes totalbytes bytestotal totbytes networkbytes byt octets octetdeltacount len netflowbytes octettotalcount
    bytesout bytessent sentbytes sentbyte sent origbytes srcbytes sourcebytes bytestoserver flowbytestoserver txbytes
    ibyt inbytes totlenfwdpkts totallengthoffwdpackets bytesfromclient initiatorbytes initiatoroctets bytesin
    bytesreceived receivedbytes rcvdbyte respbytes dstbytes destinationbytes bytestoclient flowbytestoclient rxbytes
    obyt outbytes totlenbwdpkts totallengthofbwdpackets recvbytes rcvd rcvdbytes bytesfromserver responderbytes
    responderoctets duration dur td elapsed durationseconds elapsedtime flowage durationms elapsedms
    flowdurationmilliseconds durationns start flowstart netflowstart firstswitched end flowend netflowend lastswitched
    connstate action flowaction act accesscontrolruleaction status verdict result outcome flowstate state eventtype
    event proto destip idorigh idresph label anomalytype`.split(/\s+/),
);

export function isFlowName(name: string): boolean {
  return flowNames.has(name) || ["sender", "senderOrRelay", "destination"].includes(kindNamed(name) ?? "");
}

/** What was taken in so far. */
export class Fields {
  count = 0;
  method: Bytes | undefined;
  target: Bytes | undefined;
  private query: Bytes | undefined;
  errorText: Bytes | undefined;
  private isOfStackTrace = false;
  /** The file that the record says it was read from. */
  logFile = "";
  /** When the shipper read the line. */
  shippedSeconds: number | undefined;
  /** Whether more of the line follows in the next records. */
  isPiece = false;
  private isShipped = false;
  /** The fields at hand stand in the line that a shipper's record holds. */
  private isInShipped = false;
  private isRelayKey = false;
  private isEvent = false;
  private windowsNames = 0;
  private isNextcloud = false;
  private levelNumber: number | undefined;
  private timeIsZoned = false;
  private zoneSeconds: number | undefined;
  private noted = new Set<string>();
  /** Both ends were named outside of what is read now. */
  private hasEnds = false;
  /** From the second on conntrack tells of the reply. */
  private sourcePorts = 0;

  constructor(
    readonly event: ParsedEvent,
    private readonly arrival: number,
    readonly configured?: ConfiguredFields,
  ) {}

  /** What an object inside says goes before what the one around it said, but for a flow whose ends are both known. */
  enter(): void {
    const hasEnds = this.noted.has("sender") && this.noted.has("destination");
    if (hasEnds) this.hasEnds = true;
    else this.sourcePorts = 0;
    this.noted = new Set(hasEnds ? ["sender", "destination"] : []);
    this.windowsNames = 0;
    this.isNextcloud = false;
    this.zoneSeconds = undefined;
    this.isInShipped = this.isShipped;
    this.configured?.enterLine();
  }

  /** What fields say of one another: the zone of a time, the scale of a level's number. */
  settle(): void {
    if (this.zoneSeconds !== undefined && this.noted.has("time") && !this.timeIsZoned) {
      this.event.timeSeconds! -= this.zoneSeconds;
    }
    if (!this.noted.has("level") || this.levelNumber === undefined) return;
    if (this.windowsNames >= 2) this.event.level = [3, 6, 5, 4, 3, 2][this.levelNumber] ?? 3;
    else if (this.isNextcloud && this.levelNumber < 5) this.event.level = 2 + this.levelNumber;
  }

  /** A shipper's time holds only where the line itself says none, and the relay that it read from is no client. */
  setAsideShippers(): void {
    if (!this.isShipped) return;
    if (this.isRelayKey && !this.noted.has("destination")) {
      Object.assign(this.event, { key: "", sender: "" });
      this.noted.delete("sender");
    }
    if (!this.noted.delete("time")) return;
    this.shippedSeconds = this.event.timeSeconds;
    this.event.timeSeconds = undefined;
    this.count--;
  }

  /** Whether method and target make a request of it. */
  isRequest(hasMessage: boolean): boolean {
    if (this.method === undefined || !this.target) return false;
    if (this.method === "") return this.event.status !== 0 && !hasMessage;
    return this.event.status !== 0 || !hasMessage;
  }

  /** A query of its own belongs to the target, and the server's name does not where a client asked for it. */
  request(server = /^https:\/\/[^/]*(?=\/)/s): { method: Bytes; target: Bytes } {
    let target = this.target!;
    const query = this.query?.replace(/^\?/, "");
    const ofTarget = /\?(.*)$/s.exec(target)?.[1];
    if (query !== undefined && ofTarget?.length !== query.length) target += `?${query}`;
    if (this.event.key !== "") target = target.replace(server, "");
    return { method: this.method!, target };
  }

  withError(message: Bytes): Bytes {
    return this.errorText ? `${message}: ${this.errorText}` : message;
  }

  /** All members of an object; the message among them, or undefined where the object itself cannot be read. */
  takeObject(json: Bytes): { text: Bytes; rank: number } | undefined {
    const best = { text: "", rank: 0 };
    if (!this.takeMembers(json, "", 0, best)) return undefined;
    return this.takeConfigured(best) ? best : undefined;
  }

  /** The same of an object inside another's string, as far as it can be read. */
  takeInside(json: Bytes): { text: Bytes; rank: number } {
    const best = { text: "", rank: 0 };
    this.takeMembers(json, "", 0, best);
    this.takeConfigured(best);
    return best;
  }

  /** What is configured as message, status and endpoint; false where that message cannot be read. */
  takeConfigured(best: { text: Bytes; rank: number }): boolean {
    if (!this.configured) return true;
    this.event.status = statusOfField(this.configured.text("status") ?? "") ?? this.event.status;
    this.target = this.configured.text("endpoint") ?? this.target;
    const message = this.configured.message();
    if (message === null) return true;
    best.text = message ?? "";
    best.rank = message === undefined ? 0 : logRank + 1;
    return message !== undefined;
  }

  private takeMembers(json: Bytes, prefix: string, depth: number, best: { text: Bytes; rank: number }): boolean {
    const { members, isWhole } = membersOf(json);
    for (const { key, value } of members) {
      if (!this.takeMember(key, value, prefix, depth, best)) return false;
      if (depth === 0) this.configured?.note(key, value);
    }
    return isWhole;
  }

  private takeMember(
    key: Bytes,
    value: Bytes,
    prefix: string,
    depth: number,
    best: { text: Bytes; rank: number },
  ): boolean {
    if (key.length <= 40 && key !== "") {
      const name = prefix + nameOf(key);
      const rank = ranks[name] ?? 0;
      if (value.startsWith('"')) {
        const text = withoutEscapes(value.slice(1, -1));
        if (rank > best.rank) {
          // what cannot be read leaves no message
          best.text = text ?? "";
          best.rank = text === undefined ? 0 : rank;
          if (text === undefined) return false;
        } else if (text) this.note(name, text, true);
      } else if (value.startsWith("{")) {
        if (depth < depthMax && (entered.has(name) || renamed.has(name))) {
          if (name === "event") this.isEvent = true;
          this.takeMembers(value, renamed.has(name) ? "" : name, depth + 1, best);
          if (name === "event") this.isEvent = false;
        }
      } else if (!value.startsWith("[")) this.note(name, value, false);
      else if (kindOf.get(name) === "clientAddress") {
        // of a list the first
        const first = /^\[[ \n\r\t]*"((?:[^"\\]|\\.)*)"/s.exec(value);
        const text = first && withoutEscapes(first[1]);
        if (text) this.note(name, text, true);
      }
    }
    return true;
  }

  note(name: string, text: Bytes, isText: boolean): void {
    const kind = kindOf.get(name);
    const { event } = this;
    if (kind === undefined || text === "") return;
    const isWhen = kind === "duration" && (text.length >= 17 || /^(?!0{9})\d{9}...\d$/s.test(text));
    if (kind === "time" || isWhen) this.noteTime(text);
    else if (kind === "level" || (kind === "levelWord" && !/^\d/.test(text))) this.noteLevel(text);
    else if (kind === "levelWord" || kind === "duration") return;
    else if (kind === "query") {
      if (isText) this.query ??= text;
    } else if (kind === "sourcePort") this.noteSourcePort(text);
    else if (kind === "priority") this.notePriority(text);
    else if (kind === "levelOfTen") this.noteLevelOfTen(text);
    else if (kind === "logFile") this.logFile = nameOf(text);
    else if (kind === "zone") this.zoneSeconds = zoneOf(text) ?? this.zoneSeconds;
    else if (kind === "windows") this.windowsNames++;
    else if (kind === "nextcloud") this.isNextcloud = true;
    else if (kind === "status") {
      // what ECS calls event.code is an event's number
      if (!this.isEvent) this.noteOnce(kind, statusOfField(text), (value) => (event.status = value));
    } else if (kind === "bytes" || kind === "bytesPart") {
      if ((event.bytes !== undefined && kind === "bytes") || !/^\d+$/.test(text) || BigInt(text) > bytesMax) return;
      event.bytes = (event.bytes ?? 0) + Number(text);
      this.count++;
    } else if (kind === "destinationPort") {
      if (!/^\d{1,5}$/.test(text) || Number(text) > 65535 || this.sourcePorts > 1) return;
      event.destinationPort = Number(text);
      this.count++;
    } else if (kind === "errorFlag") {
      if (text !== "true") return;
      event.markedError = true;
      this.count++;
    } else if (kind === "shipper") this.isShipped = true;
    else if (isText) this.noteText(kind, text);
  }

  private noteSourcePort(text: Bytes): void {
    const isUnset = ["-", "(empty)", "null", "N/A"].includes(text);
    if (!this.hasEnds && !isUnset && (this.sourcePorts > 0 || /^\d{1,5}$/.test(text))) this.sourcePorts++;
  }

  private noteOnce<T>(kind: string, value: T | undefined, set: (value: T) => void): void {
    if (value === undefined || this.noted.has(kind)) return;
    this.noted.add(kind);
    set(value);
    this.count++;
  }

  /** Whether the level is syslog's, as a number or in a record of Vector's. */
  isLevelOfSender(): boolean {
    return this.noted.has("level") && (this.levelNumber !== undefined || (this.isShipped && !this.isInShipped));
  }

  /** A facility times eight and a severity. */
  private notePriority(text: Bytes): void {
    const value = /^\d{1,3}$/.test(text) ? Number(text) : -1;
    if (value < 8) this.noteLevel(text);
    else this.noteLevel(`${value & 7}`);
  }

  noteLevelOfTen(text: Bytes): void {
    const level = levelOfTen(text);
    if (level === 0) return;
    this.event.level = level;
    this.noted.add("level");
    this.count++;
  }

  private noteTime(text: Bytes): void {
    const count = /^(\d{10})(?:\d{3}|\d{6}|\d{9})?(?:\.|$)/.exec(text);
    const date = count ? { seconds: Number(count[1]), isZoned: true } : dateAt(text, this.arrival);
    this.noteOnce("time", date?.seconds, (seconds) => {
      this.event.timeSeconds = seconds;
      this.timeIsZoned = date!.isZoned;
    });
  }

  private noteLevel(text: Bytes): void {
    this.noteOnce("level", levelOfField(text) || undefined, (level) => {
      this.event.level = level;
      this.levelNumber = /^\d$/.test(text) ? Number(text) : undefined;
    });
  }

  private noteText(kind: string, text: Bytes): void {
    const { event } = this;
    if (kind === "client") {
      if (event.key !== "") return;
      event.key = text.includes(",") ? (listedClient(text) ?? "") : clientOf(text);
    } else if (kind === "clientAddress" || kind === "destination" || kind.startsWith("sender")) {
      const address = readEndpoint(text);
      if (address === undefined) {
        if (kind === "clientAddress" && text.includes(",") && event.key === "") event.key = listedClient(text) ?? "";
        return;
      }
      if (kind === "destination") this.noteEnd(kind, address);
      else {
        if (kind !== "clientAddress") this.noteEnd("sender", address);
        if (event.key === "") {
          event.key = address;
          this.isRelayKey = kind === "senderOrRelay";
        }
      }
    } else if (kind === "method") {
      if (this.method) return;
      this.method = text;
    } else if (kind === "target") {
      if (this.target?.includes("/")) return;
      this.target = text;
    } else if (kind === "request") {
      if (this.target === undefined) {
        const parts = /^([^ ]*) (.*)$/s.exec(text);
        this.target = targetOf(parts?.[2] ?? text);
        // what is no request line is the target of a request without a method
        const isMalformed = this.target === "";
        if (isMalformed) this.target = text;
        this.method ??= isMalformed ? "" : (parts?.[1] ?? "");
      }
    } else if (kind === "source") {
      if (event.source !== "") return;
      event.source = text;
    } else {
      if (this.errorText !== undefined && (kind === "stackTrace" || !this.isOfStackTrace)) return;
      this.errorText = text.split("\n")[0];
      this.isOfStackTrace = kind === "stackTrace";
    }
    this.count++;
  }

  private noteEnd(end: "sender" | "destination", address: Bytes): void {
    if (!this.noted.has(end)) this.event[end] = address;
    this.noted.add(end);
  }
}

/** An address as a host reads it, or with what firewalls put behind it: ADDRESS:PORT:INTERFACE. */
function readEndpoint(text: Bytes): Bytes | undefined {
  let host = text;
  for (let parts = 0; parts < 4; parts++) {
    const address = readHost(host);
    // what stands behind the address must begin with a port
    if (address !== undefined) return parts === 0 || hasPort(host) ? address : undefined;
    if (host.lastIndexOf(":") < 1) return undefined;
    host = host.slice(0, host.lastIndexOf(":"));
  }
  return undefined;
}

export function kindNamed(name: string): string | undefined {
  return kindOf.get(name);
}

/** 0 for what is no message. */
export function rankOf(name: string): number {
  return ranks[name] ?? 0;
}

export function nameOf(key: Bytes): string {
  return key.replace(/[_.@$-]/g, "").toLowerCase();
}

/** A word; from 10 on Bunyan's and pino's numbers, below 8 syslog's. */
export function levelOfField(text: Bytes): number {
  if (!/^\d.?$/s.test(text)) return levelOf(text);
  const number = /^\d+$/.test(text) ? Number(text) : -1;
  return number < 10 ? (levelOfSeverity[number] ?? 0) : Math.min(6, Math.floor(number / 10));
}

export function statusOfField(text: Bytes): number | undefined {
  const status = /^([1-9]\d\d)(?!\d)/.exec(text);
  return status ? Number(status[1]) : undefined;
}
