// What is fetched when the earlier photos are opened first.
import "./earlier.css";

export { ChosenAlone } from "./comparison/ChosenAlone";
export { Comparison } from "./comparison/Comparison";
export { Overlay, OverlayStrength } from "./comparison/Overlay";
export { EarlierDialog } from "./list/EarlierDialog";
