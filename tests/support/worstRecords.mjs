/** Records that cost the filter most for their length: what an attacker would send to keep it busy. */

const cut = (text, bytes) => text.repeat(Math.ceil(bytes / text.length)).slice(0, bytes);
const log = (text) => `{"log":${JSON.stringify(text)}}`;
const request = (target) => log(`192.0.2.1 - - [21/Nov/2026:02:11:09 +0000] "GET ${target} HTTP/1.1" 200 1`);
const members = (make, bytes) => {
  const parts = [];
  for (let i = 0, length = 0; length < bytes; length += parts.at(-1).length + 1) parts.push(make(i++));
  return `{${parts.join(",")}}`;
};

/** One of about so many bytes each, by what is repeated. */
const makers = {
  letters: (bytes) => log(cut("a", bytes)),
  words: (bytes) => log(cut("order 12 payment for zz failed at ", bytes)),
  "beginnings of keywords": (bytes) => log(cut("paymen", bytes)),
  "windows of keywords": (bytes) => log(cut("payment0xzzpayment", bytes)),
  "what known: looks for": (bytes) => log(`${cut("0ab", bytes)} Segmentation fault`),
  "forged members": (bytes) => members((i) => `"anomaly":${i}`, bytes),
  "forged members beside taken names": (bytes) =>
    members((i) => (i % 2 ? '"anomaly":0' : `"anomaly_upstream${i / 2 + 1}":0`), bytes),
  "escaped forged members": (bytes) => members(() => '"\\u0061nomaly":0', bytes),
  members: (bytes) => members((i) => `"k${i}":${i}`, bytes),
  "configured members": (bytes) => members(() => '"a":{"b":1}', bytes),
  messages: (bytes) => members((i) => `"message":"2026-11-21T02:11:09Z ERROR x${i}"`, bytes),
  "lines in lines": (bytes) => {
    let text = "x";
    while (log(text).length < bytes) text = log(text);
    return log(text);
  },
  arrays: (bytes) => `{"log":"x","deep":${"[".repeat(bytes / 2)}${"]".repeat(bytes / 2)}}`,
  objects: (bytes) => `{"deep":${'{"a":'.repeat(bytes / 6)}1${"}".repeat(bytes / 6)}}`,
  "the same parameter": (bytes) => request(`/cart?${cut("a=b&", bytes)}`),
  "a parameter with signs": (bytes) => request(`/cart?${cut("x=1'--&", bytes)}`),
  parameters: (bytes) => request(`/cart?${members((i) => `k${i.toString(36)}=<${i}>`, bytes).replaceAll(",", "&")}`),
  directories: (bytes) => request(cut("/ab", bytes)),
  "twice encoded": (bytes) => request(`/?x=${cut("%2541", bytes)}`),
  signs: (bytes) => request(`/?x=${cut("'\"<>;()|&a=", bytes)}`),
  pairs: (bytes) => log(`ts=2026-11-21T02:11:09Z ${cut("a=b ", bytes)}`),
  "pairs with addresses": (bytes) => log(cut("key=value src=192.0.2.4 ", bytes)),
  quotes: (bytes) => log(cut('a="b ', bytes)),
  "equals signs": (bytes) => log(cut("=", bytes)),
  times: (bytes) => log(cut("2026-11-21T02:11:09Z ", bytes)),
  "times of an access log": (bytes) => log(cut("[21/Nov/2026:02:11:09 +0000] ", bytes)),
  addresses: (bytes) => log(cut("from 2001:db8::1 192.0.2.9 ", bytes)),
  identifiers: (bytes) => log(cut("deadbeef01-", bytes)),
  numbers: (bytes) => log(cut("1.2,3:4/", bytes)),
  punctuation: (bytes) => log(cut("<>|", bytes)),
  "halves of a character": (bytes) => `{"log":"${"\\ud800".repeat(bytes / 6)}"}`,
  spaces: (bytes) => log(cut(" ", bytes)),
  proxies: (bytes) => `{"x_forwarded_for":"${cut("10.0.0.1, ", bytes)}","client":"10.0.0.1","log":"x"}`,
  flows: (bytes) => log(`src_ip=192.0.2.1 dst_ip=192.0.2.2 bytes=1 ${cut("dst_port=5 ", bytes)}`),
  columns: (bytes) => log(cut("1\t2\t", bytes)),
  users: (bytes) => log(`Failed password for ${cut("invalid user ", bytes)} from 192.0.2.1`),
  "a trace": (bytes) => log(`Traceback (most recent call last):\n${cut("  File x\n", bytes)}`),
  "structured data": (bytes) => log(`<34>1 2026-11-21T02:11:09Z h a 1 m ${cut('[x a="b"]', bytes)}`),
};

/** By name, each of about so many bytes. */
export function worstRecords(bytes) {
  return Object.entries(makers).map(([name, make]) => ({ name, record: Buffer.from(make(bytes)) }));
}
