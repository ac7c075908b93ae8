/**
 * The names under which logs carry the parts of a flow, in the table of named.ts. Those of columns under a header:
 * host/network/inputs/fieldNames.ts.
 */
import { addNames } from "../runtime/nameTable";
import { Text } from "../runtime/text";
import {
  FLOW_ACTION,
  FLOW_BACKWARD,
  FLOW_CONNECTION_STATE,
  FLOW_END,
  FLOW_EVENT,
  FLOW_EVENT_TYPE,
  FLOW_FORWARD,
  FLOW_LABEL,
  FLOW_MILLISECONDS,
  FLOW_NANOSECONDS,
  FLOW_OUTCOME,
  FLOW_PROTOCOL,
  FLOW_RESULT,
  FLOW_SECONDS,
  FLOW_START,
  FLOW_STATE,
  FLOW_STATE_OF_FLOW,
  FLOW_STATUS,
  FLOW_SURICATA_END,
  FLOW_TAGGED,
  FLOW_TOTAL,
  FLOW_VERDICT,
  FLOW_ZEEK_END,
} from "./flow";

/** A name's part of a flow stands above its kind and its rank as a message. */
export const FLOW_SHIFT: u32 = 16;
export const FLOW_MASK: u32 = 0xff << 16;

export function addFlowNames(table: usize): void {
  add(
    table,
    "bytes totalbytes bytestotal totbytes networkbytes byt octets octetdeltacount len netflowbytes",
    FLOW_TOTAL,
  );
  add(table, "bytesout bytessent sentbytes sentbyte sent origbytes srcbytes sourcebytes bytestoserver", FLOW_FORWARD);
  add(table, "flowbytestoserver txbytes ibyt inbytes totlenfwdpkts totallengthoffwdpackets", FLOW_FORWARD);
  add(table, "bytesin bytesreceived receivedbytes rcvdbyte respbytes dstbytes destinationbytes", FLOW_BACKWARD);
  add(
    table,
    "bytestoclient flowbytestoclient rxbytes obyt outbytes totlenbwdpkts totallengthofbwdpackets",
    FLOW_BACKWARD,
  );
  add(table, "duration dur td elapsed durationseconds elapsedtime flowage", FLOW_SECONDS);
  add(table, "durationms elapsedms flowdurationmilliseconds", FLOW_MILLISECONDS);
  add(table, "durationns", FLOW_NANOSECONDS);
  add(table, "start flowstart netflowstart firstswitched", FLOW_START);
  add(table, "end flowend netflowend lastswitched", FLOW_END);
  add(table, "connstate", FLOW_CONNECTION_STATE);
  add(table, "action flowaction", FLOW_ACTION);
  add(table, "status", FLOW_STATUS);
  add(table, "verdict", FLOW_VERDICT);
  add(table, "result", FLOW_RESULT);
  add(table, "outcome", FLOW_OUTCOME);
  add(table, "flowstate", FLOW_STATE_OF_FLOW);
  add(table, "state", FLOW_STATE);
  add(table, "eventtype", FLOW_EVENT_TYPE);
  add(table, "event", FLOW_EVENT);
  add(table, "proto", FLOW_PROTOCOL);
  add(table, "destip", FLOW_SURICATA_END);
  add(table, "idorigh idresph", FLOW_ZEEK_END);
  add(table, "label", FLOW_LABEL);
  add(table, "anomalytype", FLOW_TAGGED);
  // objects that are entered, as FIELD_ENTERED of named.ts marks them: Suricata's flows, Zeek's ends
  addNames(table, "netflow id", 32);
}

function add(table: usize, names: Text, part: u32): void {
  addNames(table, names, part << FLOW_SHIFT);
}
