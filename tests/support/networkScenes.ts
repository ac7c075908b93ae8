/**
 * Networks of three kinds and what may happen in them, made up: ordinary days that should bring next to no alert, and
 * trouble in many shapes, each of which should be told, under its name, with the alert that is about it.
 */
import { seededRandom } from "../../host/math/random.js";
import type { Flow } from "../../host/network/flow.js";

export type Timed = [flow: Flow, timeMs: number];

const secondMs = 1000;
export const minuteMs = 60 * secondMs;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;
/** A Monday. */
export const firstDayMs = Date.UTC(2026, 10, 2);

function flow(parts: Partial<Flow>): Flow {
  const bytes = parts.bytes ?? 100;
  return {
    ...{ timeMs: undefined, source: "10.0.0.1", destination: "10.0.0.2", port: 443, bytes, bytesOut: bytes >> 1 },
    ...{ failed: false, durationSeconds: 1, tagged: false },
    ...parts,
  };
}

export interface Site {
  name: string;
  /** Day 0 is a Monday. */
  day(index: number): Timed[];
}

/** A draw that favours the first of `count`. */
const favoured = (random: () => number, count: number) => Math.floor(count * random() ** 3);
const size = (random: () => number, typical: number) =>
  Math.round(typical * Math.exp(1.2 * (random() + random() + random() - 1.5)));

/** How busy an office is at that hour of the day, of that day of the week. */
function officeShare(hour: number, index: number): number {
  const atWork = hour >= 8 && hour < 18 ? 1 : hour >= 6 && hour < 21 ? 0.3 : 0.05;
  return index % 7 >= 5 ? 0.1 * atWork + 0.03 : atWork;
}

/** Times of about `perDay` events, as busy as `share` says. */
function* moments(random: () => number, index: number, perDay: number, share: (hour: number) => number) {
  const fromMs = firstDayMs + index * dayMs;
  const stepMs = dayMs / perDay;
  for (let atMs = fromMs; atMs < fromMs + dayMs; atMs += stepMs * (0.5 + random())) {
    if (random() < share(Math.floor((atMs - fromMs) / hourMs))) yield atMs;
  }
}

function* every(index: number, seconds: number, offsetSeconds = 0) {
  const fromMs = firstDayMs + index * dayMs;
  for (let atMs = fromMs + offsetSeconds * secondMs; atMs < fromMs + dayMs; atMs += seconds * secondMs) yield atMs;
}

const officeServices = [443, 443, 53, 445, 389, 5432, 25, 80, 22, 3128, 8080, 6379];

/** Sixty clients, twelve servers, two hundred addresses outside and now and then a new one; a backup at night. */
export function office(seed: number): Site {
  return {
    name: "office",
    day(index) {
      const random = seededRandom(seed * 1000 + index);
      const flows: Timed[] = [];
      const share = (hour: number) => officeShare(hour, index);
      for (const atMs of moments(random, index, 24_000, share)) {
        const source = `10.1.0.${1 + favoured(random, 60)}`;
        const inside = random() < 0.6;
        const server = favoured(random, 12);
        const outside =
          random() < 0.02 ? `198.18.${Math.floor(random() * 64)}.${Math.floor(random() * 256)}` : undefined;
        const destination = inside ? `10.0.0.${1 + server}` : (outside ?? `192.0.2.${1 + favoured(random, 200)}`);
        const bytes = size(random, inside ? 3000 : 12_000) * (random() < 0.01 ? 40 : 1);
        const failed = random() < 0.015;
        flows.push([
          flow({
            ...{ source, destination, port: inside ? officeServices[server] : random() < 0.9 ? 443 : 80, failed },
            ...{ bytes: failed ? 60 : bytes, bytesOut: failed ? 60 : Math.round(bytes * (0.1 + 0.2 * random())) },
            durationSeconds: 5 * random(),
          }),
          atMs,
        ]);
      }
      // monitoring, name look-ups, clocks, and what is sent to everybody
      for (const atMs of every(index, 60)) {
        for (let server = 1; server <= 12; server++) {
          const port = officeServices[server - 1];
          flows.push([
            flow({ source: "10.0.0.250", destination: `10.0.0.${server}`, port, bytes: 700 }),
            atMs + server * 97,
          ]);
        }
      }
      for (const atMs of every(index, 64)) {
        flows.push([flow({ source: "10.0.0.3", destination: "192.0.2.123", port: 123, bytes: 96 }), atMs]);
      }
      for (const atMs of moments(random, index, 3000, share)) {
        const source = `10.1.0.${1 + favoured(random, 60)}`;
        const [destination, port] = random() < 0.5 ? ["224.0.0.251", 5353] : ["255.255.255.255", 67];
        flows.push([flow({ source, destination, port, bytes: 300, bytesOut: 300 }), atMs]);
      }
      for (let i = 0; i < 30; i++) {
        const atMs = firstDayMs + index * dayMs + 2 * hourMs + (i * 9 + 5 * random()) * secondMs;
        const bytes = size(random, 6e6);
        flows.push([flow({ source: "10.0.0.6", destination: "10.0.9.9", port: 22, bytes, bytesOut: bytes }), atMs]);
      }
      return sorted(flows);
    },
  };
}

/** Three servers on the Internet behind a packet filter that logs all: visitors, and scanners all day long. */
export function edge(seed: number): Site {
  return {
    name: "edge",
    day(index) {
      const random = seededRandom(seed * 1000 + 500 + index);
      const flows: Timed[] = [];
      const visitor = () =>
        `198.${18 + (random() < 0.5 ? 1 : 0)}.${Math.floor(random() ** 2 * 256)}.${Math.floor(random() * 256)}`;
      const share = (hour: number) => 0.35 + 0.65 * Math.sin((Math.PI * hour) / 24) ** 2;
      for (const atMs of moments(random, index, 14_000, share)) {
        const server = favoured(random, 3);
        const bytes = size(random, 20_000);
        flows.push([
          flow({
            ...{ source: visitor(), destination: `203.0.113.${10 + server}`, port: [443, 443, 25][server], bytes },
            ...{ bytesOut: Math.round(bytes * 0.08), durationSeconds: 10 * random() },
          }),
          atMs,
        ]);
      }
      // a scanner has a few ports it looks for, of all addresses
      for (const atMs of moments(random, index, 2500, () => 1)) {
        const source = visitor();
        const ports = [22, 23, 445, 3389, 8080, 5900, 6379, 2323, 81, 8443, 1433, 5060];
        const tries = random() < 0.05 ? 12 : 1 + Math.floor(2 * random());
        for (let i = 0; i < tries; i++) {
          const port = random() < 0.5 ? ports[favoured(random, 12)] : Math.floor(random() * 65_536);
          const destination = `203.0.113.${10 + Math.floor(3 * random())}`;
          flows.push([
            flow({ source, destination, port, failed: true, bytes: 44, bytesOut: 44, durationSeconds: 0 }),
            atMs + i * 900,
          ]);
        }
      }
      // updates and mail that the servers themselves send
      for (const atMs of moments(random, index, 600, () => 1)) {
        const bytes = size(random, 30_000);
        const destination = `192.0.2.${1 + favoured(random, 80)}`;
        flows.push([
          flow({
            source: `203.0.113.${10 + Math.floor(3 * random())}`,
            destination,
            port: random() < 0.5 ? 443 : 25,
            bytes,
          }),
          atMs,
        ]);
      }
      return sorted(flows);
    },
  };
}

/** Ten devices of a home over IPv6, each with its maker's cloud; a television in the evening. */
export function home(seed: number): Site {
  const device = (i: number) => `2001:db8:1::${(16 + i).toString(16)}`;
  return {
    name: "home",
    day(index) {
      const random = seededRandom(seed * 1000 + 900 + index);
      const flows: Timed[] = [];
      for (let i = 0; i < 10; i++) {
        for (const atMs of every(index, 90 + 30 * i, 7 * i)) {
          const bytes = 300 + Math.floor(80 * random());
          flows.push([
            flow({ source: device(i), destination: `2001:db8:c::${1 + i}`, bytes }),
            atMs + 20_000 * random(),
          ]);
        }
      }
      const evening = (hour: number) => (hour >= 18 && hour < 23 ? 1 : hour >= 7 ? 0.3 : 0.03);
      for (const atMs of moments(random, index, 6000, evening)) {
        const bytes = size(random, 25_000) * (random() < 0.02 ? 50 : 1);
        const destination =
          random() < 0.03
            ? `2001:db8:f::${Math.floor(random() * 4096).toString(16)}`
            : `2001:db8:d::${1 + favoured(random, 90)}`;
        flows.push([
          flow({
            source: device(Math.floor(4 * random())),
            destination,
            bytes,
            bytesOut: Math.round(bytes * 0.1),
            failed: random() < 0.01,
          }),
          atMs,
        ]);
      }
      for (const atMs of moments(random, index, 2000, evening)) {
        flows.push([
          flow({ source: device(Math.floor(10 * random())), destination: "2001:db8:1::1", port: 53, bytes: 180 }),
          atMs,
        ]);
      }
      for (const atMs of every(index, 300)) {
        flows.push([flow({ source: device(0), destination: "ff02::fb", port: 5353, bytes: 200, bytesOut: 200 }), atMs]);
      }
      return sorted(flows);
    },
  };
}

export function sorted(flows: Timed[]): Timed[] {
  return flows.sort((a, b) => a[1] - b[1]);
}

export interface Trouble {
  name: string;
  kinds: string[];
  /** The alert must be about one of these. */
  about: string[];
  /** Minutes from its beginning by whose end it must have been told. */
  withinMinutes: number;
  flows(fromMs: number, random: () => number): Timed[];
}

/** `count` flows evenly over `minutes`, each as `of` says. */
function spread(fromMs: number, count: number, minutes: number, of: (i: number) => Partial<Flow>): Timed[] {
  return Array.from({ length: count }, (_, i) => [flow(of(i)), fromMs + Math.round((i * minutes * minuteMs) / count)]);
}

const probe = { bytes: 44, bytesOut: 44, failed: true, durationSeconds: 0 };

/** What can befall the office. */
export function officeTroubles(): Trouble[] {
  const intruder = "10.1.0.23";
  const sent = (bytes: number) => ({ bytes, bytesOut: bytes });
  const jittered = (
    fromMs: number,
    random: () => number,
    seconds: number,
    jitter: number,
    count: number,
    bytes: number,
  ) => {
    let atMs = fromMs;
    return Array.from({ length: count }, (): Timed => {
      atMs += seconds * secondMs * (1 + jitter * (2 * random() - 1));
      return [
        flow({ source: intruder, destination: "198.51.100.77", bytes: bytes + Math.floor(20 * random()) }),
        Math.round(atMs),
      ];
    });
  };
  const beacon = (name: string, seconds: number, jitter: number, count: number, withinMinutes: number): Trouble => ({
    ...{
      name: `beacon, ${name}`,
      kinds: ["beacon"],
      about: ["198.51.100.77"],
      withinMinutes,
    },
    flows: (fromMs, random) => jittered(fromMs, random, seconds, jitter, count, 420),
  });
  const tunnel = (name: string, destination: string, kinds: string[]): Trouble => ({
    ...{ name: `tunnel through ${name}`, kinds, about: [destination, intruder], withinMinutes: 15 },
    flows: (fromMs, random) =>
      spread(fromMs, 6000, 30, () => ({
        ...{ source: intruder, destination, port: 53, bytes: 320, durationSeconds: 0.05 },
        bytesOut: 180 + Math.floor(60 * random()),
      })),
  });
  return [
    beacon("every 5 s", 5, 0, 360, 10),
    beacon("every minute", 60, 0, 60, 15),
    beacon("every minute, 10 % jitter", 60, 0.1, 60, 20),
    beacon("every minute, 20 % jitter", 60, 0.2, 60, 60),
    {
      ...{
        name: "exfiltration, one transfer",
        kinds: ["exfiltration"],
        about: ["198.51.100.5"],
        withinMinutes: 10,
      },
      flows: (fromMs) =>
        spread(fromMs, 1, 1, () => ({ source: intruder, destination: "198.51.100.5", ...sent(300e6) })),
    },
    {
      ...{
        name: "exfiltration in many small flows",
        kinds: ["exfiltration"],
        about: ["198.51.100.5", intruder],
        withinMinutes: 10,
      },
      flows: (fromMs) =>
        spread(fromMs, 3000, 30, () => ({ source: intruder, destination: "198.51.100.5", ...sent(40_000) })),
    },
    {
      ...{
        name: "exfiltration from several sources",
        kinds: ["exfiltration"],
        about: ["198.51.100.5"],
        withinMinutes: 10,
      },
      flows: (fromMs) =>
        spread(fromMs, 60, 5, (i) => ({ source: `10.1.0.${30 + (i % 6)}`, destination: "198.51.100.5", ...sent(3e6) })),
    },
    {
      ...{
        name: "exfiltration to many destinations",
        kinds: ["exfiltration"],
        about: [intruder],
        withinMinutes: 10,
      },
      flows: (fromMs) =>
        spread(fromMs, 60, 5, (i) => ({ source: intruder, destination: `198.51.100.${1 + (i % 60)}`, ...sent(3e6) })),
    },
    {
      ...{
        name: "exfiltration to a known destination",
        kinds: ["exfiltration"],
        about: ["192.0.2.2"],
        withinMinutes: 10,
      },
      flows: (fromMs) => spread(fromMs, 40, 4, () => ({ source: intruder, destination: "192.0.2.2", ...sent(8e6) })),
    },
    tunnel("name look-ups", "198.51.100.53", ["exfiltration", "flood", "unusual", "beacon"]),
    tunnel("the resolver", "10.0.0.3", ["exfiltration", "flood", "unusual"]),
    {
      ...{ name: "scan of ports", kinds: ["scan"], about: ["10.0.0.4"], withinMinutes: 10 },
      flows: (fromMs) =>
        spread(fromMs, 400, 3, (i) => ({ source: intruder, destination: "10.0.0.4", port: 1000 + 7 * i, ...probe })),
    },
    {
      ...{ name: "scan of ports, slow", kinds: ["scan"], about: ["10.0.0.4"], withinMinutes: 30 },
      flows: (fromMs) =>
        spread(fromMs, 120, 60, (i) => ({ source: intruder, destination: "10.0.0.4", port: 1000 + 7 * i, ...probe })),
    },
    {
      ...{
        name: "scan of ports, nothing refused",
        kinds: ["scan"],
        about: ["10.0.0.4"],
        withinMinutes: 10,
      },
      flows: (fromMs) =>
        spread(fromMs, 60, 4, (i) => ({
          source: intruder,
          destination: "10.0.0.4",
          port: 1000 + 7 * i,
          ...probe,
          failed: false,
        })),
    },
    {
      ...{
        name: "scan of ports of an address without a past",
        kinds: ["scan"],
        about: ["10.0.0.77"],
        withinMinutes: 10,
      },
      flows: (fromMs) =>
        spread(fromMs, 100, 3, (i) => ({ source: intruder, destination: "10.0.0.77", port: 1 + i, ...probe })),
    },
    {
      ...{ name: "scan of hosts", kinds: ["scan"], about: [intruder], withinMinutes: 10 },
      flows: (fromMs) =>
        spread(fromMs, 254, 4, (i) => ({ source: intruder, destination: `10.0.5.${1 + i}`, port: 445, ...probe })),
    },
    {
      ...{ name: "scan of hosts, slow", kinds: ["scan"], about: [intruder], withinMinutes: 60 },
      flows: (fromMs) =>
        spread(fromMs, 240, 60, (i) => ({ source: intruder, destination: `10.0.5.${1 + i}`, port: 445, ...probe })),
    },
    {
      ...{ name: "scan of hosts that answer", kinds: ["scan"], about: [intruder], withinMinutes: 10 },
      flows: (fromMs) =>
        spread(fromMs, 254, 4, (i) => ({ source: intruder, destination: `10.0.5.${1 + i}`, port: 22, bytes: 300 })),
    },
    {
      ...{ name: "flood of connections", kinds: ["flood"], about: ["10.0.0.1"], withinMinutes: 10 },
      flows: (fromMs, random) =>
        spread(fromMs, 8000, 8, () => ({
          source: `198.18.${Math.floor(random() * 8)}.${Math.floor(random() * 256)}`,
          destination: "10.0.0.1",
          bytes: 600,
        })),
    },
    {
      ...{ name: "flood of SYN alone", kinds: ["flood"], about: ["10.0.0.1"], withinMinutes: 10 },
      flows: (fromMs, random) =>
        spread(fromMs, 5000, 5, () => ({
          source: `198.18.${Math.floor(random() * 256)}.${Math.floor(random() * 256)}`,
          destination: "10.0.0.1",
          ...probe,
        })),
    },
    {
      ...{
        name: "flood by one source",
        kinds: ["flood", "failed connections"],
        about: ["10.0.0.1"],
        withinMinutes: 10,
      },
      flows: (fromMs) => spread(fromMs, 6000, 5, () => ({ source: intruder, destination: "10.0.0.1", ...probe })),
    },
    {
      ...{
        name: "guessing of passwords, refused",
        kinds: ["failed connections"],
        about: ["10.0.0.9"],
        withinMinutes: 10,
      },
      flows: (fromMs) =>
        spread(fromMs, 150, 10, () => ({ source: intruder, destination: "10.0.0.9", port: 22, ...probe, bytes: 900 })),
    },
    {
      ...{
        name: "guessing of passwords at many hosts",
        kinds: ["scan", "failed connections"],
        about: [intruder],
        withinMinutes: 10,
      },
      flows: (fromMs) =>
        spread(fromMs, 240, 8, (i) => ({
          source: intruder,
          destination: `10.0.0.${1 + (i % 12)}`,
          port: 22,
          ...probe,
        })),
    },
  ];
}

/** What can befall the servers behind the packet filter. */
export function edgeTroubles(): Trouble[] {
  const attacker = "198.51.100.200";
  return [
    {
      ...{
        name: "scan of ports among scanners",
        kinds: ["scan"],
        about: ["203.0.113.10", attacker],
        withinMinutes: 10,
      },
      flows: (fromMs) =>
        spread(fromMs, 1000, 4, (i) => ({ source: attacker, destination: "203.0.113.10", port: 1 + i, ...probe })),
    },
    {
      ...{ name: "flood of SYN alone", kinds: ["flood"], about: ["203.0.113.10"], withinMinutes: 10 },
      flows: (fromMs, random) =>
        spread(fromMs, 20_000, 5, () => ({
          source: `100.${64 + Math.floor(64 * random())}.${Math.floor(256 * random())}.${Math.floor(256 * random())}`,
          destination: "203.0.113.10",
          ...probe,
        })),
    },
    {
      ...{
        name: "guessing of passwords",
        kinds: ["failed connections"],
        about: ["203.0.113.12", attacker],
        withinMinutes: 10,
      },
      flows: (fromMs) =>
        spread(fromMs, 600, 10, () => ({ source: attacker, destination: "203.0.113.12", port: 22, ...probe })),
    },
    {
      ...{
        name: "a server sends its data away",
        kinds: ["exfiltration"],
        about: ["198.51.100.5"],
        withinMinutes: 10,
      },
      flows: (fromMs) =>
        spread(fromMs, 20, 5, () => ({
          source: "203.0.113.11",
          destination: "198.51.100.5",
          bytes: 10e6,
          bytesOut: 10e6,
        })),
    },
    {
      ...{
        name: "a server looks for others",
        kinds: ["scan"],
        about: ["203.0.113.11"],
        withinMinutes: 10,
      },
      flows: (fromMs) =>
        spread(fromMs, 500, 5, (i) => ({
          source: "203.0.113.11",
          destination: `100.64.${i >> 8}.${i & 255}`,
          port: 23,
          ...probe,
        })),
    },
  ];
}

/** What can befall the home. */
export function homeTroubles(): Trouble[] {
  const camera = "2001:db8:1::19";
  return [
    {
      ...{
        name: "a camera calls another cloud",
        kinds: ["beacon"],
        about: ["2001:db8:bad::1"],
        withinMinutes: 20,
      },
      flows: (fromMs) => spread(fromMs, 60, 60, () => ({ source: camera, destination: "2001:db8:bad::1", bytes: 220 })),
    },
    {
      ...{ name: "a camera looks for others", kinds: ["scan"], about: [camera], withinMinutes: 10 },
      flows: (fromMs) =>
        spread(fromMs, 300, 5, (i) => ({
          source: camera,
          destination: `2001:db8:9::${i.toString(16)}`,
          port: 23,
          ...probe,
        })),
    },
    {
      ...{
        name: "a camera takes part in a flood",
        kinds: ["flood", "exfiltration"],
        about: ["2001:db8:bad::2"],
        withinMinutes: 10,
      },
      flows: (fromMs) =>
        spread(fromMs, 5000, 5, () => ({
          source: camera,
          destination: "2001:db8:bad::2",
          port: 80,
          bytes: 1400,
          bytesOut: 1400,
        })),
    },
    {
      ...{
        name: "films of a camera leave",
        kinds: ["exfiltration"],
        about: ["2001:db8:bad::3"],
        withinMinutes: 10,
      },
      flows: (fromMs) =>
        spread(fromMs, 10, 4, () => ({ source: camera, destination: "2001:db8:bad::3", bytes: 9e6, bytesOut: 9e6 })),
    },
  ];
}

/** Ordinary days of another kind, which may cost no more than other days. */
export const benign: { name: string; flows(fromMs: number, random: () => number): Timed[] }[] = [
  {
    name: "a new server that clients use as they use others",
    flows: (fromMs, random) =>
      spread(fromMs, 700, 600, () => ({
        source: `10.1.0.${1 + favoured(random, 60)}`,
        destination: "10.0.0.40",
        bytes: size(random, 3000),
      })),
  },
  {
    name: "a large download from an address without a past",
    flows: (fromMs) =>
      spread(fromMs, 1, 1, () => ({ source: "10.1.0.12", destination: "198.51.100.90", bytes: 900e6, bytesOut: 4e6 })),
  },
  {
    name: "a service restarts, its clients are refused for a moment",
    flows: (fromMs, random) =>
      spread(fromMs, 16, 1, () => ({
        source: `10.1.0.${1 + favoured(random, 60)}`,
        destination: "10.0.0.5",
        port: 389,
        ...probe,
      })),
  },
  {
    name: "a newcomer opens forty sites",
    flows: (fromMs, random) =>
      spread(fromMs, 90, 30, () => ({
        source: "10.1.0.61",
        destination: `192.0.2.${1 + favoured(random, 200)}`,
        bytes: size(random, 12_000),
      })),
  },
];
