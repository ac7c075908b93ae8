import {
  ADDRESS_BYTES_MAX,
  addressHasPort,
  addressHigh,
  addressLow,
  readHost,
  writeCanonicalAddress,
} from "../../../assembly/event/address";
import { NETWORK_BYTES, resolveForwarded } from "../../../assembly/fields/forwarded";
import { put, shown, textEndPtr, textPtr } from "./support";

const out = memory.data(64, 8);
const networks = memory.data(96, 8);

function canonical(text: string): string {
  put(text, 0, 0x31);
  if (!readHost(textPtr, textEndPtr)) return "none";
  const endPtr = writeCanonicalAddress(addressHigh, addressLow, out);
  assert(endPtr - out <= ADDRESS_BYTES_MAX, "longer than an address may be");
  return shown(out, endPtr);
}

describe("an address in canonical form", () => {
  it("follows RFC 5952", () => {
    // its own examples, sections 2 to 5
    expect<string>(canonical("2001:0db8::0001")).toBe("2001:db8::1");
    expect<string>(canonical("2001:db8:0:0:0:0:2:1")).toBe("2001:db8::2:1");
    expect<string>(canonical("2001:db8:0:1:1:1:1:1")).toBe("2001:db8:0:1:1:1:1:1", "one group is not left out");
    expect<string>(canonical("2001:0:0:1:0:0:0:1")).toBe("2001:0:0:1::1", "the longest run");
    expect<string>(canonical("2001:db8:0:0:1:0:0:1")).toBe("2001:db8::1:0:0:1", "the first of two");
    expect<string>(canonical("2001:DB8::AAAA")).toBe("2001:db8::aaaa");
    expect<string>(canonical("::")).toBe("::");
    expect<string>(canonical("::1")).toBe("::1");
    expect<string>(canonical("1:0:0:0:0:0:0:0")).toBe("1::");
    expect<string>(canonical("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")).toBe(
      "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    );
  });

  it("shows IPv4 that is mapped or padded as IPv4", () => {
    expect<string>(canonical("192.0.2.1")).toBe("192.0.2.1");
    expect<string>(canonical("::ffff:192.0.2.1")).toBe("192.0.2.1");
    expect<string>(canonical("::FFFF:c000:0201")).toBe("192.0.2.1");
    expect<string>(canonical("192.000.002.010")).toBe("192.0.2.10");
    expect<string>(canonical("::192.0.2.1")).toBe("::c000:201", "compatible is not mapped");
  });

  it("leaves ports, brackets and zones aside", () => {
    expect<string>(canonical("192.0.2.1:65535")).toBe("192.0.2.1");
    expect<bool>(addressHasPort).toBe(true);
    expect<string>(canonical("192.0.2.1.50550")).toBe("192.0.2.1");
    expect<string>(canonical("[2001:db8::1]:443")).toBe("2001:db8::1");
    expect<string>(canonical("[::1]")).toBe("::1");
    expect<string>(canonical("2001:db8::1:58430")).toBe("2001:db8::1", "no group has five digits");
    expect<string>(canonical("1:2:3:4:5:6:7:8:22")).toBe("1:2:3:4:5:6:7:8");
    expect<string>(canonical("fe80::1%eth0")).toBe("fe80::1");
  });

  it("is refused to everything else", () => {
    const others = [
      "",
      ":",
      ":::",
      "1",
      "1.2.3",
      "1.2.3.4.5",
      "256.1.1.1",
      "1.2.3.4567",
      "1.2.3.4:65536",
      "1.2.3.4:",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9:10",
      "1::2::3",
      "12345::",
      "g::1",
      "::1.2.3",
      "1:2:3:4:5:6:7:1.2.3.4",
      "[::1",
      "::1]",
      "[1.2.3.4:5]",
      "1:2:3:4:5:6:7:8::",
      "example.com",
    ];
    for (let i = 0; i < others.length; i++) expect<string>(canonical(others[i])).toBe("none", others[i]);
  });
});

/** Trusts a network; an IPv4 prefix counts 96 bits more. */
function trust(index: i32, address: string, bits: u32): void {
  put(address);
  assert(readHost(textPtr, textEndPtr));
  const at = networks + <usize>index * NETWORK_BYTES;
  store<u64>(at, bswap(addressHigh));
  store<u64>(at, bswap(addressLow), 8);
  store<u32>(at, bits, 16);
}

function clientOf(list: string): string {
  put(list, 0, 0x2c);
  if (!resolveForwarded(textPtr, textEndPtr, networks, 3)) return "none";
  return shown(out, writeCanonicalAddress(addressHigh, addressLow, out));
}

describe("the client behind proxies", () => {
  it("is the last address that is no trusted proxy's", () => {
    trust(0, "10.0.0.0", 104);
    trust(1, "192.0.2.7", 128);
    trust(2, "2001:db8::", 32);
    expect<string>(clientOf("203.0.113.9")).toBe("203.0.113.9");
    expect<string>(clientOf("198.51.100.1, 203.0.113.9, 10.1.2.3")).toBe(
      "203.0.113.9",
      "what stands before may be forged",
    );
    expect<string>(clientOf("203.0.113.9,192.0.2.7 , 2001:db8:1::5")).toBe("203.0.113.9");
    expect<string>(clientOf("203.0.113.9, 192.0.2.8")).toBe("192.0.2.8", "a neighbour of a proxy is none");
    expect<string>(clientOf("10.0.0.1, 10.0.0.2")).toBe("10.0.0.1", "all are trusted");
    expect<string>(clientOf('for="[2001:DB9::17]:4711";proto=http;by=10.0.0.1, For=10.0.0.43')).toBe("2001:db9::17");
  });

  it("is not known where the deciding element is no address", () => {
    expect<string>(clientOf("")).toBe("none");
    expect<string>(clientOf("203.0.113.9, unknown, 10.0.0.1")).toBe("none");
    expect<string>(clientOf("for=_hidden, for=10.0.0.1")).toBe("none");
    expect<string>(clientOf("203.0.113.9, ")).toBe("none");
  });
});
