// Without an image: one big place to drop, paste or choose, why what came stayed out, in the demo something to try with.
import type { Example } from "../../api/types";
import { megabytes } from "../../shared/wording";
import { useStore } from "../context";
import { EarlierButton } from "../earlier/EarlierButton";
import { useParts } from "../earlier/useParts";
import { Icon } from "../Icon";
import { locale } from "../locale";
import { AddImages, PhoneButton, WebcamButton } from "./AddButtons";
import { Refused } from "./UploadTile";

const words = locale.adding;

const FAMILIAR: Record<string, string> = { "image/webp": "WebP", "image/heif": "" };

/** People know image/jpeg as JPEG, and HEIF as HEIC. */
const familiar = (type: string) => FAMILIAR[type] ?? type.replace(/^.*\//, "").toUpperCase();

/** "JPEG, PNG or PDF" */
function list(types: string[]) {
  const names = types.map(familiar).filter(Boolean);
  return [names.slice(0, -1).join(", "), names.at(-1)].filter(Boolean).join(words.or);
}

export function EmptyState() {
  const { session, uploads } = useStore();
  const Earlier = useParts();
  const able = session.capabilities.value;
  if (!able) return null;
  const { examples, acceptedTypes, limits } = able;
  return (
    <div class="empty">
      {uploads.refused.value.map((upload) => (
        <Refused key={upload.key} upload={upload} />
      ))}
      <section class="drop-target" aria-labelledby="drop-title">
        <span class="drop-sign">
          <Icon name="image" />
        </span>
        <h2 id="drop-title">{words.drop}</h2>
        <p>{words.otherWays}</p>
        <div class="row">
          <PhoneButton />
          <WebcamButton />
          <AddImages primary />
          <EarlierButton />
        </div>
        <p class="fine">{words.limits(list(acceptedTypes), megabytes(limits.maxBytes))}</p>
      </section>
      {Earlier && <Earlier.ChosenAlone />}
      <FirstSteps />
      {examples.length > 0 && (
        <section class="examples" aria-labelledby="examples-title">
          <h2 id="examples-title">{words.examples}</h2>
          <ul>
            {examples.map((example) => (
              <li key={example.name}>
                <ExampleButton example={example} onPick={() => uploads.addExample(example)} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

const ExampleButton = ({ example, onPick }: { example: Example; onPick: () => void }) => (
  <button type="button" class="example" onClick={onPick}>
    <img src={example.url} alt="" loading="lazy" />
    <span>{example.title}</span>
  </button>
);

function FirstSteps() {
  const { preferences } = useStore();
  if (!preferences.hints.value) return null;
  return (
    <section class="first-steps" aria-labelledby="first-steps-title">
      <div class="first-steps-head">
        <h2 id="first-steps-title">{words.firstSteps.title}</h2>
        <button type="button" class="link" onClick={() => preferences.setHints(false)}>
          {words.firstSteps.hide}
        </button>
      </div>
      <ol>
        {words.firstSteps.steps.map(([step, what]) => (
          <li key={step}>
            <b>{step}</b>
            <span>{what}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
