// The details of an image that is being filed or was filed: to read, no longer to change.
import type { Image } from "../../api/types";
import { calendarDate, clockTime, localInput } from "../../shared/wording";
import { useStore } from "../context";

const WORDS: Partial<Record<Image["state"], string>> = {
  committed: "Filed in the record. What is filed can't be changed here.",
  unverified: "Please check in Evolution whether this photo arrived.",
};

export function FiledDetails({ image }: { image: Image }) {
  const { session } = useStore();
  const able = session.capabilities.value;
  const named = (
    concepts: { code: string; display: string }[] | undefined,
    code: string | null | undefined,
  ) => concepts?.find((concept) => concept.code === code)?.display ?? "";
  const site = image.bodySite && ("text" in image.bodySite ? image.bodySite.text : image.bodySite.display);
  const taken = localInput(image.takenAt).slice(0, 10);
  const facts: [string, string | null | undefined][] = [
    ["Body site", site],
    ["Side", image.laterality?.display],
    ["View", named(able?.views, image.view)],
    ["Type", named(able?.types, image.type)],
    ["Label", image.label],
    ["Note", image.notes],
    ["Date taken", image.takenAt && `${calendarDate(taken)}, ${clockTime(image.takenAt)}`],
    ["Consent given by", named(able?.consent.by, image.consent?.by)],
    ["May be used for", named(able?.consent.scope, image.consent?.scope)],
    ["Sensitive", image.sensitive ? "Yes" : ""],
    ["Medtech id", [image.documentReferenceId, image.mediaId].filter(Boolean).join(", ")],
  ];
  return (
    <div class="settled">
      <p>{WORDS[image.state] ?? "On its way into the record."}</p>
      <dl>
        {facts
          .filter(([, words]) => words)
          .map(([name, words]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{words}</dd>
            </div>
          ))}
      </dl>
    </div>
  );
}
