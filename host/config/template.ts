/** The commented configuration that `oddline init` writes: made from the description of the settings. */
import { formatDuration, type ListSetting, type ObjectSetting, type Setting } from "./schema.js";
import { settings } from "./settings.js";

const head = `# Configuration of Oddline. Check it with: oddline check oddline.yaml
# Compile it into a model with: oddline compile oddline.yaml --from oddline.model --out oddline.model
# What follows "# " explains; every other # hides a setting at its default, or an example: take it away to change it.
# For completion in an editor: oddline check --schema > oddline.schema.json
# yaml-language-server: $schema=oddline.schema.json
`;

/** Entries of lists that are empty by default, as they could be. */
const examples: Record<string, string[]> = {
  "keywords.list": [
    "- payment declined",
    "- word: ORA-00600",
    "  severity: high",
    "  matchCase: true",
    "- name: replication stopped",
    "  words: [replica stopped, slave sql thread aborted]",
    "  minCount: 3",
  ],
  known: [
    '- pattern: "GET /health* 500"',
    "  reason: the old balancer asks before the service is up",
    "  until: 2027-03-31",
  ],
  profiles: [
    "- name: batch jobs",
    '  tag: "batch.*"',
    "  mode: shadow",
    "  errors:",
    "    floor: 50",
    "  detectors:",
    "    traffic: false",
  ],
};

export function commentedConfiguration(): string {
  return `${head}${objectLines(settings, "", "").join("\n")}\n`;
}

function objectLines(setting: ObjectSetting, indent: string, path: string): string[] {
  return Object.entries(setting.fields).flatMap(([name, field]) => {
    const lines = fieldLines(name, field, indent, path ? `${path}.${name}` : name);
    return indent === "" ? ["", ...lines] : lines;
  });
}

function fieldLines(name: string, field: Setting, indent: string, path: string): string[] {
  const about = `${indent}# ${field.about}${boundsOf(field)}`;
  if (field.kind === "object") return [about, `${indent}${name}:`, ...objectLines(field, `${indent}  `, path)];
  const example = examples[path];
  if (!example) return [about, `${indent}#${name}: ${defaultText(field)}`];
  return [about, `${indent}#${name}:`, ...example.map((line) => `${indent}#${line}`)];
}

function boundsOf(field: Setting): string {
  if (field.kind === "choice") return `: ${field.values.join(" or ")}`;
  if (field.kind === "number" && field.constraint) return ` (${field.constraint.expected})`;
  return "";
}

function defaultText(field: Exclude<Setting, ObjectSetting>): string {
  if (field.kind === "duration") return formatDuration(field.default ?? field.minSeconds);
  if (field.kind === "list") return `[${((field as ListSetting).default ?? []).join(", ")}]`;
  return String(field.default ?? "");
}
