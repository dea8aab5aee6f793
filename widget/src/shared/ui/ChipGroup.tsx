// A row of choices of which at most one is pressed; one tab stop, arrows inside.
import { Settled } from "./Settled";

export type Choice = { value: string; label: string; off?: boolean };

type Props = {
  label: string;
  choices: Choice[];
  value: string | null;
  /** null when the pressed chip is pressed again. */
  onChoose: (value: string | null) => void;
  /** False where one chip must stay pressed. */
  clearable?: boolean;
  /** Of several things at once: the choices that some of them have. */
  some?: readonly string[];
  /** Where a letter typed on a chip goes: a box to search in. */
  typeInto?: string;
};

const STEPS: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

const isLetter = (event: KeyboardEvent) =>
  /^\p{L}$/u.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey;

function roam(event: KeyboardEvent) {
  const chips = [...(event.currentTarget as Element).querySelectorAll<HTMLElement>("button.chip")];
  const at = chips.indexOf(event.target as HTMLElement);
  const step = STEPS[event.key];
  const goal = event.key === "Home" ? 0 : event.key === "End" ? chips.length - 1 : step ? at + step : -1;
  if (at < 0 || !chips[goal]) return;
  event.preventDefault();
  chips[goal].focus();
}

export class ChipGroup extends Settled<Props> {
  private typed = (event: KeyboardEvent) => {
    const { typeInto } = this.props;
    // The focus moves before the browser writes the letter, so the letter lands in the box.
    if (typeInto && isLetter(event)) document.querySelector<HTMLElement>(typeInto)?.focus();
    else roam(event);
  };

  private choose(choice: Choice) {
    const { value, clearable = true, onChoose } = this.props;
    if (!choice.off) onChoose(choice.value === value && clearable ? null : choice.value);
  }

  override render() {
    const { label, choices, value, some = [] } = this.props;
    const pressed = choices.findIndex((choice) => choice.value === value);
    return (
      // biome-ignore lint/a11y/useSemanticElements: a fieldset would announce its legend before every chip.
      <div class="chips" role="group" aria-label={label} onKeyDown={this.typed}>
        {choices.map((choice, at) => (
          <button
            key={choice.value}
            type="button"
            class="chip"
            aria-pressed={at === pressed ? true : some.includes(choice.value) ? "mixed" : false}
            aria-disabled={choice.off || undefined}
            tabIndex={at === Math.max(0, pressed) ? 0 : -1}
            onClick={() => this.choose(choice)}
          >
            {choice.label}
          </button>
        ))}
      </div>
    );
  }
}
