// A text box with a list of what it found (ARIA: editable combobox, list autocomplete); the focus stays in the box.
import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";

/** `off`: it says why nothing can be chosen here. */
export type Option = { key: string; content: ComponentChildren; off?: boolean };

type Props = {
  label: string;
  placeholder: string;
  listLabel: string;
  typed: string;
  onType: (typed: string) => void;
  options: readonly Option[];
  onPick: (index: number) => void;
  /** Says whether it did something; if not, Escape is somebody else's. */
  onEscape?: () => boolean;
  onBlur?: () => void;
  listClass?: string;
  optionClass?: string;
};

export function ListBox({
  label,
  placeholder,
  listLabel,
  typed,
  onType,
  options,
  onPick,
  onEscape,
  onBlur,
  listClass,
  optionClass = "",
}: Props) {
  const list = useId();
  const [at, setAt] = useState(0);
  const isOpen = options.length > 0;
  const active = Math.min(at, options.length - 1);

  function pick(index: number) {
    if (options[index]?.off) return;
    setAt(0);
    onPick(index);
  }

  function pressed(event: KeyboardEvent) {
    if (event.key === "Escape" ? !onEscape?.() : !isOpen) return;
    if (event.key === "ArrowDown") setAt((active + 1) % options.length);
    else if (event.key === "ArrowUp") setAt((active + options.length - 1) % options.length);
    else if (event.key === "Enter") pick(active);
    else if (event.key !== "Escape") return;
    event.preventDefault();
  }

  return (
    <>
      <input
        type="text"
        role="combobox"
        aria-label={label}
        aria-expanded={isOpen}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={isOpen ? `${list}-${active}` : undefined}
        placeholder={placeholder}
        autocomplete="off"
        spellcheck={false}
        value={typed}
        onInput={(event) => {
          onType(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={pressed}
        onBlur={onBlur}
      />
      <div id={list} class={listClass} role="listbox" aria-label={listLabel} hidden={!isOpen}>
        {options.map(({ key, content, off }, index) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the text box (aria-activedescendant).
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys are answered by the text box.
          <div
            key={key}
            id={`${list}-${index}`}
            class={`search-option ${optionClass}`}
            role="option"
            aria-selected={index === active}
            aria-disabled={off}
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => pick(index)}
          >
            {content}
          </div>
        ))}
      </div>
    </>
  );
}
