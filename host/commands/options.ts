/** Values of options that several commands share, each checked with a clear message. */

import { Option } from "commander";
import type { StatedTime } from "../io/arrival.js";
import { exitCode, OddlineError } from "../io/errors.js";
import { keptDefault } from "../model/history.js";

function wrong(option: string, expected: string, found: string): OddlineError {
  return new OddlineError("OPTION_INVALID", {
    subject: option,
    expected,
    found: JSON.stringify(found),
    remedy: "oddline COMMAND --help shows the options",
    exit: exitCode.usage,
  });
}

/** A number within [min, max]. */
export function numberOption(option: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !(value >= min && value <= max))
      throw wrong(option, `a number from ${min} to ${max}`, text);
    return value;
  };
}

export function integerOption(option: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw wrong(option, `a whole number from ${min} to ${max}`, text);
    }
    return value;
  };
}

export function choiceOption<T extends string>(option: string, choices: readonly T[]): (text: string) => T {
  return (text) => {
    const chosen = choices.find((choice) => choice === text);
    if (chosen === undefined) throw wrong(option, choices.join(" or "), text);
    return chosen;
  };
}

/** Unix seconds, RFC 3339, or `now`. */
export function timeOption(option: string): (text: string) => bigint {
  return (text) => {
    if (text === "now") return BigInt(Math.floor(Date.now() / 1000));
    if (/^\d{1,11}$/.test(text)) return BigInt(text);
    const milliseconds = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
    if (Number.isNaN(milliseconds)) throw wrong(option, "now, Unix seconds, or a time like 2026-11-21T02:11:09Z", text);
    return BigInt(Math.floor(milliseconds / 1000));
  };
}

/** The same with its zone: UTC unless the time names another. */
export function statedTimeOption(option: string): (text: string) => StatedTime {
  const time = timeOption(option);
  return (text) => {
    const seconds = time(text);
    const [, sign, hours, minutes] = /T.*([+-])(\d\d):?(\d\d)$/.exec(text) ?? [];
    const east = sign === undefined ? 0 : Number(hours) * 3600 + Number(minutes) * 60;
    return { seconds, zoneSeconds: sign === "-" ? -east : east };
  };
}

/** A 64-bit number, decimal or 0x…. */
export function seedOption(option: string): (text: string) => bigint {
  return (text) => {
    if (!/^(\d{1,20}|0x[0-9a-fA-F]{1,16})$/.test(text)) throw wrong(option, "a 64-bit number", text);
    return BigInt.asUintN(64, BigInt(text));
  };
}

/** `90d`, `12h`, `30m`, `45s`, as seconds. */
export function durationOption(option: string): (text: string) => number {
  return (text) => {
    const parts = /^(\d+)([smhd])$/.exec(text);
    if (!parts) throw wrong(option, "a duration like 90d, 12h, 30m or 45s", text);
    return Number(parts[1]) * { s: 1, m: 60, h: 3600, d: 86_400 }[parts[2] as "s" | "m" | "h" | "d"];
  };
}

/** A moment: so long ago, or a time. The text stands for it where it must be the same from run to run. */
export interface Moment {
  text: string;
  /** To now. */
  isRelative: boolean;
  seconds(nowSeconds: number): number;
}

/** `24h` before now, or what `timeOption` takes. */
export function momentOption(option: string): (text: string) => Moment {
  const [duration, time] = [durationOption(option), timeOption(option)];
  return (text) => {
    if (/^\d+[smhd]$/.test(text)) {
      const ago = duration(text);
      return { text, isRelative: true, seconds: (nowSeconds) => nowSeconds - ago };
    }
    if (text === "now") return { text, isRelative: true, seconds: (nowSeconds) => nowSeconds };
    try {
      const seconds = Number(time(text));
      return { text, isRelative: false, seconds: () => seconds };
    } catch {
      throw wrong(option, "a duration like 24h, or a time like 2026-11-21T02:11:09Z", text);
    }
  };
}

/** `--keep`, of the commands that install a model. */
export function keepOption(): Option {
  return new Option("--keep <count>", "number of previous models kept for rollback")
    .argParser(integerOption("--keep", 0, 100))
    .default(keptDefault);
}

/** `--mode`: permissions of the model file, which its owner reads and writes in any case. */
export function modeOption(): Option {
  return new Option(
    "--mode <permissions>",
    "permissions of the model file: 600 (for a new file), 640 or 644",
  ).argParser((text) => {
    if (!/^0?6[046][04]$/.test(text)) throw wrong("--mode", "permissions like 600, 640 or 644", text);
    return Number.parseInt(text, 8);
  });
}
