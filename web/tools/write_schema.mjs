// Writes src/api/schema.ts from the service's own OpenAPI document on standard input:
//     posed openapi | node tools/write_schema.mjs > src/api/schema.ts
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

function typeOf(schema) {
  if (schema.$ref) return schema.$ref.split("/").at(-1);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" | ");
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf({ ...schema, type })).join(" | ");
  switch (schema.type) {
    case "integer":
    case "number":
      return "number";
    case "string":
    case "boolean":
    case "null":
      return schema.type;
    case "array":
      return `${typeOf(schema.items)}[]`;
    default:
      return "unknown";
  }
}

function field(name, schema, isRequired) {
  const comment = schema.description ? `  /** ${schema.description.replaceAll("*/", "* /")} */\n` : "";
  return `${comment}  ${name}${isRequired ? "" : "?"}: ${typeOf(schema)};\n`;
}

function declaration(name, schema) {
  if (!schema.properties) return `export type ${name} = ${typeOf(schema)};\n`;
  const required = new Set(schema.required ?? []);
  const fields = Object.entries(schema.properties).map(([key, value]) => field(key, value, required.has(key)));
  return `export interface ${name} {\n${fields.join("")}}\n`;
}

/** The text of schema.ts for a parsed OpenAPI document. */
export function schemaText(document) {
  const head = "// Written by tools/write_schema.mjs from the service's OpenAPI document; do not change it by hand.\n";
  return [head, ...Object.entries(document.components.schemas).map(([name, schema]) => declaration(name, schema))].join(
    "\n",
  );
}

if (import.meta.url === pathToFileURL(process.argv[1]).href)
  process.stdout.write(schemaText(JSON.parse(readFileSync(0, "utf8"))));
