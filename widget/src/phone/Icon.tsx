// The phone's few drawn signs; always decoration, the words beside them carry the meaning.

const SHAPES = {
  camera:
    "M4 8.5A1.5 1.5 0 0 1 5.5 7h2.2l1.5-2.5h5.6L16.3 7h2.2A1.5 1.5 0 0 1 20 8.5v9a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 17.5zM12 16.3a3.4 3.4 0 1 0 0-6.8 3.4 3.4 0 0 0 0 6.8z",
  photos:
    "M7 7V5.5A1.5 1.5 0 0 1 8.500 4h10A1.5 1.5 0 0 1 20 5.500v9a1.5 1.5 0 0 1-1.5 1.5H17M4 9.500A1.500 1.500 0 0 1 5.500 8h10A1.500 1.500 0 0 1 17 9.500v9a1.500 1.500 0 0 1-1.500 1.500h-10A1.500 1.500 0 0 1 4 18.500zM4 17l3.500-3.500 5.500 6",
  send: "M12 20V5M6 11l6-6 6 6",
  check: "M5 12.5l4.5 4.5L19 7.500",
  attention: "M12 8v5M12 16.500h.01M12 3.500l9.500 16.500h-19z",
  again: "M5 12a7 7 0 1 0 2.200-5.100M5 4.500v4h4",
  remove: "M5 7h14M10 7V5h4v2M7 7l.8 12h8.400L17 7M10.500 10.500v5.500M13.500 10.500v5.500",
  back: "M14.500 6l-6 6 6 6",
  offline:
    "M4 4l16 16M8.500 15.500a5 5 0 0 1 7 0M5.500 12.500a9 9 0 0 1 4-2.300M18.500 12.500a9 9 0 0 0-2.500-1.800M12 19h.01",
  site: "M12 21s6.500-5.500 6.500-11a6.500 6.500 0 0 0-13 0c0 5.500 6.500 11 6.500 11zM12 12.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z",
} as const;

export type IconName = keyof typeof SHAPES;

export const Icon = ({ name }: { name: IconName }) => (
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d={SHAPES[name]} />
  </svg>
);
