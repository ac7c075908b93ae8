/**
 * JSON lines: Zeek's conn.log, Suricata's EVE flows, anything with known field names (nested ones too, as in the
 * Elastic Common Schema), and a shipper's envelope with the text line inside.
 */
import type { ParsedLine } from "../flow.js";
import { normalName } from "./fieldNames.js";
import { flowOfFields } from "./flowOfFields.js";

type JsonObject = Record<string, unknown>;

const depthMax = 3;
const messageNames = ["log", "message", "MESSAGE", "msg"];
const flowEvents = new Set(["flow", "netflow"]);

/** `parseText` reads the line inside an envelope. */
export function parseJson(line: string, nearMs: number, parseText: (text: string) => ParsedLine): ParsedLine {
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch {
    return "no valid JSON";
  }
  if (typeof record !== "object" || record === null || Array.isArray(record)) return undefined;
  const parsed = parseRecord(record as JsonObject, nearMs, parseText);
  if (typeof parsed === "object" && isTagged(record as JsonObject)) parsed.tagged = true;
  return parsed;
}

function parseRecord(record: JsonObject, nearMs: number, parseText: (text: string) => ParsedLine): ParsedLine {
  if (typeof record.event_type === "string" && typeof record.dest_ip === "string") {
    return flowEvents.has(record.event_type) ? suricataFlow(record, nearMs) : undefined;
  }
  const fields = flatten(record);
  const isZeek = fields.has("id_orig_h") || fields.has("id_resp_h");
  const flow = flowOfFields(fields, nearMs, isZeek);
  if (flow !== undefined) return flow;
  for (const name of messageNames) {
    const message = record[name];
    if (typeof message === "string") return parseText(message);
  }
  return undefined;
}

/** https://docs.suricata.io/en/latest/output/eve/eve-json-format.html#event-type-flow */
function suricataFlow(record: JsonObject, nearMs: number): ParsedLine {
  const detail = record.event_type === "netflow" ? record.netflow : record.flow;
  const fields = new Map(flatten(record));
  for (const [name, value] of flatten((detail ?? {}) as JsonObject)) fields.set(name, value);
  fields.set("timestamp", String(record.timestamp ?? ""));
  const flow = flowOfFields(fields, nearMs, true);
  if (typeof flow !== "object") return flow;
  // "new" at the end of a TCP flow: nobody ever answered.
  const tcp = String(record.proto).toUpperCase() === "TCP";
  flow.failed = (fields.get("state") === "new" && tcp) || fields.get("action") === "drop";
  return flow;
}

function isTagged(record: JsonObject): boolean {
  return (typeof record.anomaly === "object" && record.anomaly !== null) || typeof record.anomaly_type === "string";
}

/** Leaves under the names of their path, `source.ip` as `source_ip`. */
function flatten(
  record: JsonObject,
  prefix = "",
  depth = 0,
  into = new Map<string, string>(),
): ReadonlyMap<string, string> {
  for (const [key, value] of Object.entries(record)) {
    const name = prefix + normalName(key);
    if (typeof value === "string" || typeof value === "number") into.set(name, String(value).trim());
    else if (typeof value === "object" && value !== null && !Array.isArray(value) && depth < depthMax) {
      flatten(value as JsonObject, `${name}_`, depth + 1, into);
    }
  }
  return into;
}
