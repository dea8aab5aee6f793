// The few drawn signs of the widget; always decoration, the words beside them carry the meaning.

const SHAPES = {
  add: "M12 5v14M5 12h14",
  image:
    "M4 6.5A1.5 1.5 0 0 1 5.5 5h13A1.5 1.5 0 0 1 20 6.5v11a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 17.5zM4 16l4.5-4.5 4 4 2.5-2.5 5 5M15 9.5h.01",
  phone:
    "M8.5 3h7A1.5 1.5 0 0 1 17 4.5v15a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 7 19.5v-15A1.5 1.5 0 0 1 8.5 3zM11 18h2",
  edit: "M4 20l1-4.5L16 4.5l3.5 3.5L8.5 19zM13.5 7l3.5 3.5",
  camera:
    "M4 8.5A1.5 1.5 0 0 1 5.5 7H8l1.5-2h5L16 7h2.5A1.5 1.5 0 0 1 20 8.5v9a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 17.5zM12 16a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4z",
  check: "M5 12.5l4.5 4.5L19 7.5",
  attention: "M12 8v5M12 16.5h.01M12 3.5l9.5 16.5h-19z",
  question:
    "M9.5 9.5a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1 1-1.1 1.8M12 16.8h.01M12 21a9 9 0 1 1 0-18 9 9 0 0 1 0 18z",
  cross: "M6 6l12 12M18 6L6 18",
  remove: "M5 7h14M10 7V5h4v2M7 7l.8 12h8.4L17 7M10.5 10.5v5.5M13.5 10.5v5.5",
  back: "M14.5 6l-6 6 6 6",
  forward: "M9.5 6l6 6-6 6",
  file: "M4 13.5V18a1.5 1.5 0 0 0 1.5 1.5h13A1.5 1.5 0 0 0 20 18v-4.5M12 4v11M8 11l4 4 4-4",
  site: "M12 21s6.5-5.5 6.5-11a6.5 6.5 0 0 0-13 0c0 5.5 6.5 11 6.5 11zM12 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  minus: "M5 12h14",
  set: "M3.5 6h5v5h-5zM10 6h5v5h-5zM16.5 6h4v5h-4zM4 15h16",
  body: "M12 4.5h.01M12 8v6M7 9.5l5-1.5 5 1.5M9 20.5l3-6.5 3 6.5",
  earlier: "M4 12h11M9 7l-5 5 5 5M20 5v14",
  later: "M20 12H9M15 7l5 5-5 5M4 5v14",
  grid: "M5 5h5.5v5.5H5zM13.5 5H19v5.5h-5.5zM5 13.5h5.5V19H5zM13.5 13.5H19V19h-5.5z",
  strip: "M4 14h4v5H4zM10 14h4v5h-4zM16 14h4v5h-4zM4 5h16v6H4z",
  tray: "M4 13.5l2.5-8h11l2.5 8M4 13.5V18a1.5 1.5 0 0 0 1.5 1.5h13A1.5 1.5 0 0 0 20 18v-4.5M4 13.5h4.5l1.5 2.5h4l1.5-2.5H20",
  window: "M13.5 5H19v5.5M19 5l-8 8M10 5H6a1 1 0 0 0-1 1v12a1 1 0 0 0 1 1h12a1 1 0 0 0 1-1v-4",
  copy: "M9 9h10v10H9zM5 15V5h10",
  clock: "M12 7v5l3.5 2M12 21a9 9 0 1 1 0-18 9 9 0 0 1 0 18z",
  offline:
    "M4 4l16 16M8.5 15.5a5 5 0 0 1 7 0M5.5 12.5a9 9 0 0 1 4-2.3M18.5 12.5a9 9 0 0 0-2.5-1.8M2.5 9.5a13 13 0 0 1 4-2.7M21.5 9.5A13.5 13.5 0 0 0 11 5.6M12 19h.01",
} as const;

export type IconName = keyof typeof SHAPES;

export const Icon = ({ name }: { name: IconName }) => (
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d={SHAPES[name]} />
  </svg>
);
