// Whether everything said about the image has reached the server.

import type { Image } from "../../../api/types";
import { Reference } from "../../../shared/ui/Reference";
import { useStore } from "../../context";
import { Icon } from "../../Icon";
import { locale } from "../../locale";

const words = locale.details;

const WORST = ["refused", "waiting", "saving"];

export function SaveState({ images }: { images: readonly Image[] }) {
  const { details } = useStore();
  const states = images.flatMap(({ id }) => {
    const state = details.saving.value.get(id);
    return state ? [{ id, ...state }] : [];
  });
  const now = states.sort((a, b) => WORST.indexOf(a.state) - WORST.indexOf(b.state))[0];
  if (!now)
    return (
      <p class="save-state" role="status">
        <Icon name="check" /> {words.saved}{" "}
      </p>
    );
  if (now.state === "saving")
    return (
      <p class="save-state" role="status">
        <span class="spinner" /> {words.saving}{" "}
      </p>
    );
  if (now.state === "waiting")
    return (
      <div class="save-waiting">
        <p class="save-state save-state-warn" role="status">
          <Icon name="attention" /> {words.waiting}{" "}
        </p>
        <Reference of={now.problem?.reference} />
      </div>
    );
  return (
    <div class="save-refused" role="alert">
      <p>{now.problem?.fields.map((field) => field.message).join(" ") || now.problem?.detail}</p>
      <Reference of={now.problem?.reference} />
      <p class="row">
        {now.problem?.reference && (
          <button type="button" class="button small" onClick={() => details.save(now.id)}>
            {words.tryAgain}
          </button>
        )}
        <button type="button" class="button small" onClick={() => details.drop(now.id)}>
          {words.undoChange}
        </button>
      </p>
    </div>
  );
}
