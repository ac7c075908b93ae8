/** Made from the list of fields of `anomaly`: README's table, the lists of the Fluent Bit configurations. */
import { type AnomalyField, anomalyFields } from "../../host/wasm/anomalyFields.js";

const where: Record<string, string> = {
  tagged: "every tagged event",
  odd: "score above 1",
  changes: "the state changes",
  "odd or changes": "score above 1, or the state changes",
};

export function anomalyTable(): string {
  const rows = anomalyFields.map(({ name, type, on, meaning }) => {
    const place = typeof on === "string" ? where[on] : on.map((detector) => `\`${detector}\``).join(", ");
    return `| \`${name}\` | ${type} | ${place} | ${meaning} |`;
  });
  return ["| field | | where | meaning |", "|---|---|---|---|", ...rows, ""].join("\n");
}

/** `type` is a label, everything else structured metadata. */
function metadataOf(isWanted: (field: AnomalyField) => boolean): string {
  return anomalyFields
    .filter((field) => field.name !== "type" && isWanted(field))
    .map(({ name }) => `anomaly_${name}=$anomaly['${name}']`)
    .join(",");
}

const list = /anomaly_\w+=\$anomaly\['\w+'\](?:,anomaly_\w+=\$anomaly\['\w+'\])*/;

function replaceList(text: string, metadata: string): string {
  if (!list.test(text)) throw new Error("no list of the fields of anomaly");
  return text.replace(list, () => metadata);
}

export const withAllFields = (text: string) =>
  replaceList(
    text,
    metadataOf(() => true),
  );

/** Where nothing but network flows passes: without the evidence of the other detectors and the windows' state. */
export const withNetworkFields = (text: string) =>
  replaceList(
    text,
    metadataOf(
      ({ name, on }) => name !== "state" && on !== "changes" && (typeof on === "string" || on.includes("network")),
    ),
  );
