/**
 * The names under which logs carry the parts of a flow, in the table of named.ts. Those of columns under a header:
 * host/network/inputs/fieldNames.ts.
 */
import { addNames } from "../runtime/nameTable";
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
  FLOW_SOURCE_PORT,
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
  addNames(
    table,
    "bytes totalbytes bytestotal totbytes networkbytes byt octets octetdeltacount len netflowbytes octettotalcount",
    FLOW_TOTAL << FLOW_SHIFT,
  );
  addNames(
    table,
    `bytesout bytessent sentbytes sentbyte sent origbytes srcbytes sourcebytes bytestoserver flowbytestoserver txbytes
    ibyt inbytes totlenfwdpkts totallengthoffwdpackets bytesfromclient initiatorbytes initiatoroctets`,
    FLOW_FORWARD << FLOW_SHIFT,
  );
  addNames(
    table,
    `bytesin bytesreceived receivedbytes rcvdbyte respbytes dstbytes destinationbytes bytestoclient flowbytestoclient
    rxbytes obyt outbytes totlenbwdpkts totallengthofbwdpackets recvbytes rcvd rcvdbytes bytesfromserver responderbytes
    responderoctets`,
    FLOW_BACKWARD << FLOW_SHIFT,
  );
  addNames(table, "srcport sourceport sport spt portsrc l4srcport sourcetransportport", FLOW_SOURCE_PORT << FLOW_SHIFT);
  addNames(table, "duration dur td elapsed durationseconds elapsedtime flowage", FLOW_SECONDS << FLOW_SHIFT);
  addNames(table, "durationms elapsedms flowdurationmilliseconds", FLOW_MILLISECONDS << FLOW_SHIFT);
  addNames(table, "durationns", FLOW_NANOSECONDS << FLOW_SHIFT);
  addNames(table, "start flowstart netflowstart firstswitched", FLOW_START << FLOW_SHIFT);
  addNames(table, "end flowend netflowend lastswitched", FLOW_END << FLOW_SHIFT);
  addNames(table, "connstate", FLOW_CONNECTION_STATE << FLOW_SHIFT);
  addNames(table, "action flowaction act accesscontrolruleaction", FLOW_ACTION << FLOW_SHIFT);
  addNames(table, "status", FLOW_STATUS << FLOW_SHIFT);
  addNames(table, "verdict", FLOW_VERDICT << FLOW_SHIFT);
  addNames(table, "result", FLOW_RESULT << FLOW_SHIFT);
  addNames(table, "outcome", FLOW_OUTCOME << FLOW_SHIFT);
  addNames(table, "flowstate", FLOW_STATE_OF_FLOW << FLOW_SHIFT);
  addNames(table, "state", FLOW_STATE << FLOW_SHIFT);
  addNames(table, "eventtype", FLOW_EVENT_TYPE << FLOW_SHIFT);
  addNames(table, "event", FLOW_EVENT << FLOW_SHIFT);
  addNames(table, "proto", FLOW_PROTOCOL << FLOW_SHIFT);
  addNames(table, "destip", FLOW_SURICATA_END << FLOW_SHIFT);
  addNames(table, "idorigh idresph", FLOW_ZEEK_END << FLOW_SHIFT);
  addNames(table, "label", FLOW_LABEL << FLOW_SHIFT);
  addNames(table, "anomalytype", FLOW_TAGGED << FLOW_SHIFT);
  // objects that are entered, as FIELD_ENTERED of named.ts marks them: Suricata's flows, Zeek's ends
  addNames(table, "netflow id", 32);
}
