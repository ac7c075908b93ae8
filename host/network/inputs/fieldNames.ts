/**
 * The names under which logs carry the parts of a flow. Compared in lower case with every `.`, `-`, blank and `@` as
 * `_`, so `id.orig_h`, `Src IP` and `source.ip` are here as `id_orig_h`, `src_ip` and `source_ip`. The first name that
 * a line has wins. Forward is what went from source to destination.
 */
export const fieldNames = {
  source: names(`src_ip srcip src source_ip source_address source_addr source sip sa srcaddr src_addr saddr id_orig_h
    orig_h ipv4_src_addr ipv6_src_addr sourceipaddress sourceipv4address client_ip clientip`),
  destination: names(`dst_ip dstip dst dest_ip destip dest destination_ip destination_address destination_addr
    destination dip da dstaddr dst_addr daddr id_resp_h resp_h ipv4_dst_addr ipv6_dst_addr destinationipv4address
    server_ip`),
  port: names(`dst_port dstport dport dpt dest_port destination_port dp port_dst id_resp_p resp_p l4_dst_port
    destinationtransportport`),
  sourcePort: names("src_port srcport sport spt source_port sp port_src l4_src_port sourcetransportport"),
  bytes: names("bytes total_bytes bytes_total tot_bytes totbytes network_bytes byt octets octetdeltacount len"),
  forward: names(`bytes_out bytes_sent sent_bytes sentbyte sent orig_bytes src_bytes source_bytes bytes_toserver
    flow_bytes_toserver tx_bytes ibyt in_bytes totlen_fwd_pkts total_length_of_fwd_packets`),
  backward: names(`bytes_in bytes_received received_bytes rcvdbyte resp_bytes dst_bytes destination_bytes bytes_toclient
    flow_bytes_toclient rx_bytes obyt out_bytes totlen_bwd_pkts total_length_of_bwd_packets`),
  durationSeconds: names("duration dur td elapsed duration_seconds elapsed_time elapsed_time_(sec) flow_age"),
  durationMilliseconds: names("duration_ms elapsed_ms flow_duration_milliseconds"),
  durationNanoseconds: names("event_duration duration_ns"),
  start: names("start flow_start first_switched"),
  end: names("end flow_end last_switched"),
  outcome: names("conn_state action status verdict result outcome event_outcome flow_state state"),
  flags: names("flg flags tcp_flags tcpflags"),
  time: names("ts timestamp _timestamp time eventtime event_time datetime date_first_seen date"),
  label: names("label"),
} as const;

function names(list: string): string[] {
  return list.split(/\s+/);
}

export function normalName(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[.\- @]/g, "_");
}

/** Where a Zeek connection ended without ever being one (https://docs.zeek.org/en/master/logs/conn.html). */
const failedConnStates = new Set(["S0", "REJ", "RSTRH", "RSTOS0", "SH", "SHR"]);
const failedWords =
  /^(?:den(?:y|ied)|drop(?:ped)?|block(?:ed)?|reject(?:ed)?|fail(?:ed|ure)?|reset|refused|timeout|teardown-failed)\b/i;

/** Only a SYN, in nfdump's columns of flags: who opened it never acknowledged an answer. */
const synAlone = /^\.*S\.*$/;

export function isUnanswered(flags: string): boolean {
  return synAlone.test(flags);
}

export function isFailed(outcome: string): boolean {
  return failedConnStates.has(outcome) || failedWords.test(outcome);
}
