// A file that could not come in, with the reason and what to do.
import { Reference } from "../../shared/ui/Reference";
import { useStore } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";
import type { Upload } from "./uploads";

const words = locale.adding;

/** Its problem when photos from elsewhere took the room: there may be some again. */
const FULL = "too-many-pictures";

export function Refused({ upload }: { upload: Upload }) {
  const { uploads } = useStore();
  const { problem } = upload;
  return (
    <div class="refused" role="alert">
      <p class="refused-title">
        <Icon name="attention" />
        {problem?.title}
      </p>
      <p class="refused-name" title={upload.name}>
        {upload.name}
      </p>
      <p>{problem?.detail}</p>
      <Reference of={problem?.reference} />
      <p class="row">
        {(problem?.temporary || problem?.slug === FULL) && (
          <button type="button" class="button small" onClick={() => uploads.retry(upload.key)}>
            {words.tryAgain}
          </button>
        )}
        <button type="button" class="button small" onClick={() => uploads.dismiss(upload.key)}>
          {words.dismiss}
        </button>
      </p>
    </div>
  );
}
