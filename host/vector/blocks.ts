/**
 * The blocks of vector.toml and vector-inside.toml for a configuration of the user's own: the examples are the source.
 */
import { readFileSync } from "node:fs";

export interface BlockOptions {
  /** The component whose events should be tagged. */
  input: string;
  codec: "json" | "native";
  inside: boolean;
  /** Oddline's address, and the one Vector's source listens on. */
  oddline: string;
  source: string;
}

export function blocks({ input, codec, inside, oddline, source }: BlockOptions): string {
  const file = inside ? "vector-inside.toml" : "vector.toml";
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
  const start = text.search(inside ? /^\[transforms\.oddline\]/m : /^# The bypass,/m);
  let kept = text
    .slice(start)
    .replaceAll('inputs = ["app"]', `inputs = [${JSON.stringify(input)}]`)
    .replaceAll("127.0.0.1:9800", oddline)
    .replaceAll("127.0.0.1:9801", source);
  if (codec === "native" && !inside) {
    kept = kept
      .replaceAll('coding.codec = "json"', 'coding.codec = "native"')
      .replace(/^framing\.method.*\n/gm, "")
      .replace(/^#.*\n\.timestamp = .*\n/m, "");
  }
  return kept;
}
