// What the search for other records with this NHI has found: news for the review, no doubt about the record that is open.
import { useStore } from "../context";
import { locale } from "../locale";

export function RecordCheckNote() {
  const open = useStore().session.session.value;
  const check = open?.recordCheck ?? "only";
  const words = locale.session.recordCheck;
  const text = check === "several" ? words.several(open?.otherRecords ?? 1) : words[check];
  if (!text) return null;
  return (
    <p class="record-check" role={check === "inconsistent" ? "alert" : "status"}>
      {text}
    </p>
  );
}
