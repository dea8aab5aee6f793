// What a camera offers besides the shutter: its light and its zoom.

import { Icon } from "../Icon";
import type { RearCamera } from "./camera";
import { viewfinderWords } from "./locale";

const words = viewfinderWords;

/** Factors worth a button, as far as this camera goes. */
const FACTORS = [1, 2, 4];

export function Controls({ camera }: { camera: RearCamera }) {
  const { torch, zoom } = camera.abilities.value;
  const factors = zoom ? FACTORS.filter((factor) => factor >= zoom.min && factor <= zoom.max) : [];
  return (
    <div class="viewfinder-controls">
      {torch && (
        <button
          type="button"
          class="over-photo"
          aria-label={words.torch}
          aria-pressed={camera.torch.value}
          onClick={() => camera.setTorch(!camera.torch.peek())}
        >
          <Icon name="light" />
        </button>
      )}
      {factors.length > 1 && (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset would announce its legend before every button.
        <div class="viewfinder-zoom" role="group" aria-label={words.zoom}>
          {factors.map((factor) => (
            <button
              key={factor}
              type="button"
              class="over-photo"
              aria-label={words.zoomTo(`${factor}×`)}
              aria-pressed={Math.abs(camera.zoom.value - factor) < 0.05}
              onClick={() => camera.setZoom(factor)}
            >
              {`${factor}×`}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
