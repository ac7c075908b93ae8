/**
 * How often each keyword came in the lines that are learnt: in how many lines, from which networks, on which days, and
 * how often at most within one window. What is kept adds up: slices of a log give what the whole gives, up to the
 * windows that a cut goes through.
 */
import { defaultKeywords } from "../config/defaultKeywords.js";
import type { Keyword } from "../config/keywords.js";
import { daysEnough, witnessesEnough } from "./trust.js";

const daySeconds = 86_400;
/** Senders counted at once for one keyword; more are not looked at within that window. */
const sendersMax = 10_000;

export interface KeywordEntry {
  words: readonly string[];
  lines: number;
  /** Lines without a sender came, too. */
  keyless: boolean;
  days: number[];
  /**
   * The largest count of one sender within a window, for as many networks as vouch for something, those with the
   * largest; 0: lines without a sender.
   */
  most: [network: number, count: number][];
}

interface Counted extends KeywordEntry {
  window: number;
  senders: Map<number, number>;
}

/** Of a line: whose it is, and when; what learning records say. */
export interface KeywordLine {
  key: number;
  network: number;
  seconds: number | undefined;
  isTagged: boolean;
}

export class KeywordStore {
  private readonly entries = new Map<string, Counted>();
  private keywords: readonly Keyword[] = defaultKeywords;
  windowSeconds = 60;

  /** The list that the numbers of hits are about; without it the built-in one. */
  use(keywords: readonly Keyword[], windowSeconds: number): void {
    this.keywords = keywords;
    this.windowSeconds = windowSeconds;
  }

  add(index: number, { key, network, seconds, isTagged }: KeywordLine): void {
    const entry = this.entryOf(this.keywords[index]?.words ?? []);
    entry.lines++;
    if (key === 0) entry.keyless = true;
    if (seconds === undefined) return;
    // A day on which the filter tagged it vouches for nothing.
    if (!isTagged) addDay(entry, Math.floor(seconds / daySeconds));
    const window = Math.floor(seconds / this.windowSeconds);
    if (window !== entry.window) {
      entry.window = window;
      entry.senders.clear();
    }
    const count = (entry.senders.get(key) ?? 0) + 1;
    if (count > 1 || entry.senders.size < sendersMax) entry.senders.set(key, count);
    raise(entry, network, count);
  }

  /** Adds what another store counted. */
  addEntry({ words, lines, keyless, days, most }: KeywordEntry): void {
    const entry = this.entryOf(words);
    entry.lines += lines;
    entry.keyless ||= keyless;
    for (const day of days) addDay(entry, day);
    for (const [network, count] of most) raise(entry, network, count);
  }

  /** In an order that depends on nothing else. */
  *sorted(): Generator<KeywordEntry> {
    const names = [...this.entries.keys()].sort();
    for (const name of names) {
      const { words, lines, keyless, days, most } = this.entries.get(name)!;
      yield { words, lines, keyless, days, most };
    }
  }

  of(keyword: Keyword): KeywordEntry | undefined {
    return this.entries.get(nameOf(keyword.words));
  }

  private entryOf(words: readonly string[]): Counted {
    const name = nameOf(words);
    let entry = this.entries.get(name);
    if (!entry) {
      entry = { words, lines: 0, keyless: false, days: [], most: [], window: Number.NaN, senders: new Map() };
      this.entries.set(name, entry);
    }
    return entry;
  }
}

const nameOf = (words: readonly string[]) => JSON.stringify(words);

/** The earliest days stay. */
function addDay(entry: KeywordEntry, day: number): void {
  if (entry.days.includes(day)) return;
  entry.days = [...entry.days, day].sort((a, b) => a - b).slice(0, daysEnough);
}

function raise(entry: KeywordEntry, network: number, count: number): void {
  const known = entry.most.find(([other]) => other === network);
  if (known && known[1] >= count) return;
  if (!known && entry.most.length === witnessesEnough && entry.most.at(-1)![1] >= count) return;
  entry.most = [...entry.most.filter(([other]) => other !== network), [network, count] as [number, number]]
    .sort(([a, aCount], [b, bCount]) => bCount - aCount || a - b)
    .slice(0, witnessesEnough);
}
