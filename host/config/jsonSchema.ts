/** The published JSON schema, for editors: made from the description of the settings. */
import type { ObjectSetting, Setting } from "./schema.js";
import { settings } from "./settings.js";

type Schema = Record<string, unknown>;

export function jsonSchema(): Schema {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "oddline.yaml",
    ...schemaOf(settings),
  };
}

function schemaOf(setting: Setting): Schema {
  const common: Schema = { description: setting.about };
  if (setting.kind !== "object" && setting.default !== undefined) common.default = setting.default;
  switch (setting.kind) {
    case "boolean":
      return { ...common, type: "boolean" };
    case "choice":
      return { ...common, enum: [...setting.values] };
    case "number": {
      const { integer, min, max, constraint } = setting;
      const step = constraint?.multipleOf ? { multipleOf: constraint.multipleOf } : {};
      const description = constraint ? `${setting.about}; ${constraint.expected}` : setting.about;
      return { ...common, description, type: integer ? "integer" : "number", minimum: min, maximum: max, ...step };
    }
    case "text":
      return { ...common, type: "string", minLength: setting.bytesMin, maxLength: setting.bytesMax };
    case "duration":
      return {
        ...common,
        anyOf: [
          { type: "string", pattern: "^\\d+(\\.\\d+)?\\s*[dhms]$" },
          { type: "integer", minimum: setting.minSeconds },
        ],
      };
    case "date":
      return { ...common, type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}$" };
    case "list":
      return { ...common, type: "array", items: schemaOf(setting.of), maxItems: setting.itemsMax };
    case "object":
      return objectSchema(setting, common);
  }
}

function objectSchema(setting: ObjectSetting, common: Schema): Schema {
  const properties = Object.fromEntries(Object.entries(setting.fields).map(([name, field]) => [name, schemaOf(field)]));
  const schema: Schema = { ...common, type: setting.required ? "object" : ["object", "null"], properties };
  schema.additionalProperties = false;
  if (setting.required) schema.required = [...setting.required];
  if (setting.oneOf) schema.oneOf = setting.oneOf.map((name) => ({ required: [name] }));
  if (!setting.shorthand) return schema;
  return {
    description: setting.about,
    anyOf: [schemaOf(setting.fields[setting.shorthand]), { ...schema, type: "object" }],
  };
}
