// The signs of the editor's tools; always decoration beside a word.

const SHAPES = {
  select: "M5 3.5l13 8-5.6 1.4L9.5 18.5z",
  crop: "M7 3v14h14M3 7h14v14",
  arrow: "M5 19L18 6M10.5 5.5H18.5V13.5",
  circle: "M12 20a8 8 0 1 1 0-16 8 8 0 0 1 0 16z",
  line: "M4 17c3-9 5-9 7-5s4 4 9-5",
  text: "M5 7V5h14v2M12 5v14M9 19h6",
  blur: "M12 3.5c4 5 6 7.8 6 10.5a6 6 0 0 1-12 0c0-2.700 2-5.500 6-10.500zM9 14.500a3 3 0 0 0 3 3",
  undo: "M8 5L4 9l4 4M4 9h10a5.5 5.5 0 0 1 0 11h-3",
  redo: "M16 5l4 4-4 4M20 9H10a5.5 5.5 0 0 0 0 11h3",
  right: "M19 4v5h-5M19 9a7.5 7.5 0 1 0 .6 6",
  left: "M5 4v5h5M5 9a7.5 7.5 0 1 1-.6 6",
  remove: "M5 7h14M10 7V5h4v2M7 7l.8 12h8.4L17 7",
  save: "M9 9h11v11H9zM5 15H4V4h11v1",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  up: "M12 19V5M6 11l6-6 6 6",
  down: "M12 5v14M6 13l6 6 6-6",
  "left-arrow": "M19 12H5M11 6l-6 6 6 6",
  "right-arrow": "M5 12h14M13 6l6 6-6 6",
  attention: "M12 8v5M12 16.5h.01M12 3.5l9.5 16.5h-19z",
} as const;

export type EditorIconName = keyof typeof SHAPES;

export const EditorIcon = ({ name }: { name: EditorIconName }) => (
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d={SHAPES[name]} />
  </svg>
);
