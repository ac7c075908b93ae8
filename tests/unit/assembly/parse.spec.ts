import {
  LEVEL_DEBUG,
  LEVEL_ERROR,
  LEVEL_FATAL,
  LEVEL_INFO,
  LEVEL_NONE,
  LEVEL_TRACE,
  LEVEL_WARN,
  NO_TIME,
} from "../../../assembly/event/event";
import { initialiseLevels, parseLevel } from "../../../assembly/fields/level";
import { severityLevel } from "../../../assembly/fields/severity";
import {
  clockAt,
  daySeconds,
  daysFromCivil,
  monthAt,
  setArrival,
  setLocalZone,
  timeEndPtr,
  toSeconds,
  toSecondsNoYear,
  zoneAt,
} from "../../../assembly/fields/time";
import { findSpace, isSpace } from "../../../assembly/runtime/bytes";
import { put, textEndPtr, textPtr } from "./support";

function zone(text: string): string {
  put(text, 0, 0x39);
  const seconds = zoneAt(textPtr, textEndPtr);
  return seconds.toString() + "/" + (timeEndPtr - textPtr).toString();
}

function clock(text: string): string {
  put(text, 0, 0x39);
  const seconds = clockAt(textPtr, textEndPtr);
  return seconds < 0 ? "none" : seconds.toString() + "/" + (timeEndPtr - textPtr).toString();
}

function level(word: string): i32 {
  initialiseLevels();
  put(word, 0, 0x61);
  return parseLevel(textPtr, textEndPtr, textEndPtr);
}

describe("days", () => {
  // Python: (date(y, m, d) - date(1970, 1, 1)).days
  it("count from the epoch", () => {
    expect<i64>(daysFromCivil(1970, 1, 1)).toBe(0);
    expect<i64>(daysFromCivil(1969, 12, 31)).toBe(-1);
    expect<i64>(daysFromCivil(1900, 3, 1)).toBe(-25508);
    expect<i64>(daysFromCivil(2000, 2, 29)).toBe(11016);
    expect<i64>(daysFromCivil(2000, 3, 1)).toBe(11017);
    expect<i64>(daysFromCivil(2026, 11, 21)).toBe(20778);
    expect<i64>(daysFromCivil(2100, 2, 28)).toBe(47540);
    expect<i64>(daysFromCivil(2100, 3, 1)).toBe(47541);
    expect<i64>(daysFromCivil(2400, 3, 1)).toBe(157114);
  });

  it("follow each other through every leap rule", () => {
    let days = daysFromCivil(1896, 1, 1);
    for (let year: i32 = 1896; year < 2110; year++) {
      const isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
      for (let month = 1; month <= 12; month++) {
        const length =
          month == 2 ? (isLeap ? 29 : 28) : month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
        for (let day = 1; day <= length; day++) {
          if (daysFromCivil(year, month, day) != days)
            expect<i32>(year * 10000 + month * 100 + day).toBe(0, "a day is off");
          days++;
        }
      }
    }
    expect<i64>(days).toBe(daysFromCivil(2110, 1, 1));
  });
});

describe("white space", () => {
  it("is found where a look at each byte finds it", () => {
    let state: u32 = 7;
    for (let i = 0; i < 3000; i++) {
      put("x".repeat(1 + (i % 40)), <usize>(i % 8), <u8>(i % 3 == 0 ? 0x20 : 0x78));
      for (let j = 0; j < 2; j++) {
        state = state * 1103515245 + 12345;
        const at = textPtr + <usize>((state >> 8) % <u32>(textEndPtr - textPtr));
        store<u8>(at, <u8>(state >> 24) & ((state >> 20) % 2 == 0 ? 0x3f : 0xff));
      }
      let at = textPtr;
      while (at < textEndPtr && !isSpace(<u32>load<u8>(at))) at++;
      expect<usize>(findSpace(textPtr, textEndPtr) - textPtr).toBe(at - textPtr);
    }
  });
});

describe("times", () => {
  it("become seconds, or none where a part is out of its range", () => {
    expect<i64>(toSeconds(2026, 11, 21, 2, 11, 9)).toBe(1795227069);
    expect<i64>(toSeconds(2016, 12, 31, 23, 59, 60)).toBe(1483228800, "a leap second is the next second");
    expect<i64>(toSeconds(2026, 0, 1, 0, 0, 0)).toBe(NO_TIME);
    expect<i64>(toSeconds(2026, 13, 1, 0, 0, 0)).toBe(NO_TIME);
    expect<i64>(toSeconds(2026, 1, 0, 0, 0, 0)).toBe(NO_TIME);
    expect<i64>(toSeconds(2026, 1, 32, 0, 0, 0)).toBe(NO_TIME);
    expect<i64>(toSeconds(2026, 1, 1, 24, 0, 0)).toBe(NO_TIME);
    expect<i64>(toSeconds(2026, 1, 1, 0, 60, 0)).toBe(NO_TIME);
    expect<i64>(toSeconds(2026, 1, 1, 0, 0, 61)).toBe(NO_TIME);
    expect<i64>(toSeconds(-1, 1, 1, 0, 0, 0)).toBe(NO_TIME);
    expect<i64>(toSeconds(2026, 1, 1, -1, 0, 0)).toBe(NO_TIME);
  });

  it("without a year are never dated more than a day after the arrival, else as late as can be", () => {
    setArrival(toSeconds(2027, 1, 1, 0, 5, 0));
    expect<i64>(toSecondsNoYear(12, 31, 23, 59, 59)).toBe(toSeconds(2026, 12, 31, 23, 59, 59));
    expect<i64>(toSecondsNoYear(1, 1, 0, 4, 0)).toBe(toSeconds(2027, 1, 1, 0, 4, 0));
    setArrival(toSeconds(2026, 12, 31, 23, 59, 50));
    expect<i64>(toSecondsNoYear(1, 1, 0, 0, 1)).toBe(toSeconds(2027, 1, 1, 0, 0, 1), "a clock that runs ahead");
    expect<i64>(toSecondsNoYear(1, 1, 23, 59, 50)).toBe(toSeconds(2027, 1, 1, 23, 59, 50), "by a day");
    expect<i64>(toSecondsNoYear(1, 1, 23, 59, 51)).toBe(toSeconds(2026, 1, 1, 23, 59, 51), "by more");
    expect<i64>(toSecondsNoYear(7, 10, 0, 0, 0)).toBe(toSeconds(2026, 7, 10, 0, 0, 0));
    setArrival(toSeconds(2026, 11, 28, 19, 0, 0));
    expect<i64>(toSecondsNoYear(12, 10, 6, 55, 46)).toBe(toSeconds(2025, 12, 10, 6, 55, 46), "last year's");
    expect<i64>(toSecondsNoYear(11, 29, 18, 0, 0)).toBe(toSeconds(2026, 11, 29, 18, 0, 0));
    expect<i64>(toSecondsNoYear(11, 29, 20, 0, 0)).toBe(toSeconds(2025, 11, 29, 20, 0, 0));
  });

  it("know that a leap day needs a leap year", () => {
    setArrival(toSeconds(2027, 3, 1, 0, 0, 0));
    expect<i64>(toSecondsNoYear(2, 29, 12, 0, 0)).toBe(toSeconds(2024, 2, 29, 12, 0, 0));
    setArrival(toSeconds(2028, 2, 29, 12, 0, 0));
    expect<i64>(toSecondsNoYear(2, 29, 11, 0, 0)).toBe(toSeconds(2028, 2, 29, 11, 0, 0));
    setArrival(toSeconds(2103, 3, 1, 0, 0, 0));
    expect<i64>(toSecondsNoYear(2, 29, 12, 0, 0)).toBe(toSeconds(2096, 2, 29, 12, 0, 0), "2100 is none");
    setArrival(toSeconds(1969, 12, 31, 12, 0, 0));
    expect<i64>(toSecondsNoYear(12, 31, 11, 0, 0)).toBe(-46800, "before the epoch");
  });

  it("are those of their day, whatever day was met before", () => {
    let state: u32 = 1;
    let found = 0;
    for (let i = 0; i < 20000; i++) {
      state = state * 1103515245 + 12345;
      if (i % 7 == 0) setArrival(toSeconds(2024 + (state >> 30), 1 + ((state >> 8) & 3) * 3, 28, 23, 0, 0));
      if (i % 5 == 0) setLocalZone(((state >> 12) & 1) * 3600);
      const month = 1 + ((state >> 10) & 1);
      const day = 27 + <i32>((state >> 14) % 5);
      const hour = <i32>((state >> 16) % 24);
      const isLeap = (state >> 20) % 50 == 0;
      const clock = isLeap ? 86400 : hour * 3600 + 61;
      const year = (state >> 24) % 3 == 0 ? 2024 + (i % 2) : -1;
      const expected =
        year < 0
          ? toSecondsNoYear(month, day, isLeap ? 23 : hour, isLeap ? 59 : 1, isLeap ? 60 : 1)
          : toSeconds(year, month, day, isLeap ? 23 : hour, isLeap ? 59 : 1, isLeap ? 60 : 1);
      expect<i64>(daySeconds(year, month, day, clock)).toBe(expected);
      if (expected != NO_TIME) found++;
    }
    setLocalZone(0);
    expect<i32>(found).toBeGreaterThan(10000);
    expect<i64>(daySeconds(2026, 1, 33, 0)).toBe(NO_TIME, "no day of the month after");
    expect<i64>(daySeconds(2026, 2, 1, 0)).toBe(toSeconds(2026, 2, 1, 0, 0, 0));
    expect<i64>(daySeconds(2026, 1, 33, 0)).toBe(NO_TIME);
  });

  it("have zones", () => {
    expect<string>(zone("Z")).toBe("0/1");
    expect<string>(zone("+0200 x")).toBe("7200/5");
    expect<string>(zone("-0330")).toBe("-12600/5");
    expect<string>(zone("+05:45")).toBe("20700/6");
    expect<string>(zone("")).toBe("0/0");
    expect<string>(zone("+02")).toBe("7200/3");
    expect<string>(zone("-03 [7]")).toBe("-10800/3");
    expect<string>(zone("+02.5")).toBe("0/0");
    expect<string>(zone("+02:")).toBe("0/0");
    expect<string>(zone("CET")).toBe("0/0");
  });

  it("have clocks with and without a fraction", () => {
    expect<string>(clock("02:11:09")).toBe("7869/8");
    expect<string>(clock("23:59:60.123456 x")).toBe("86400/15");
    expect<string>(clock("00:00:00,5")).toBe("0/10");
    expect<string>(clock("00:00:00:606|")).toBe("0/12");
    expect<string>(clock("00:00:00.")).toBe("0/8");
    expect<string>(clock("24:00:00")).toBe("none");
    expect<string>(clock("00:60:00")).toBe("none");
    expect<string>(clock("00:00:61")).toBe("none");
    expect<string>(clock("00:00:0")).toBe("none", "the digit behind the end is none");
    expect<string>(clock("00-00-00")).toBe("none");
  });

  it("have English months", () => {
    const names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    for (let i = 0; i < 12; i++) {
      put(names[i]);
      expect<i32>(monthAt(textPtr, textEndPtr)).toBe(i + 1);
      expect<i32>(monthAt(textPtr, textEndPtr - 1)).toBe(0, "cut short");
    }
    put("Okt");
    expect<i32>(monthAt(textPtr, textEndPtr)).toBe(0);
  });
});

describe("levels", () => {
  it("are words in any case", () => {
    const words = [
      ["trace", "finer", "finest", "V"],
      ["debug", "fine", "D"],
      ["info", "information", "notice", "config", "I"],
      ["warn", "warning", "W"],
      ["error", "err", "severe", "E"],
      ["fatal", "panic", "crit", "critical", "alert", "emerg", "emergency", "F"],
    ];
    const levels = [LEVEL_TRACE, LEVEL_DEBUG, LEVEL_INFO, LEVEL_WARN, LEVEL_ERROR, LEVEL_FATAL];
    for (let i = 0; i < words.length; i++) {
      for (let k = 0; k < words[i].length; k++) {
        const word = words[i][k];
        expect<i32>(level(word)).toBe(levels[i], word);
        expect<i32>(level(word.toUpperCase())).toBe(levels[i], word);
      }
    }
    expect<i32>(level("Error")).toBe(LEVEL_ERROR);
  });

  it("and nothing else", () => {
    const others = [
      "",
      "errors",
      "warne",
      "infos",
      "in fo",
      "informative",
      "informatics",
      "emergence",
      "criticals",
      "e",
      "x",
      "É",
      "err0r",
      "[info]",
      "informationen",
    ];
    for (let i = 0; i < others.length; i++) expect<i32>(level(others[i])).toBe(LEVEL_NONE, others[i]);
  });

  it("of syslog's severities", () => {
    const levels = [
      LEVEL_FATAL,
      LEVEL_FATAL,
      LEVEL_FATAL,
      LEVEL_ERROR,
      LEVEL_WARN,
      LEVEL_INFO,
      LEVEL_INFO,
      LEVEL_DEBUG,
    ];
    for (let severity = 0; severity < 8; severity++) expect<i32>(severityLevel(severity)).toBe(levels[severity]);
  });
});
