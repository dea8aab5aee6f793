// What is fetched when the earlier photos are opened first.
import "./earlier.css";

export { ChosenAlone } from "./ChosenAlone";
export { Comparison } from "./Comparison";
export { EarlierDialog } from "./EarlierDialog";
export { Overlay, OverlayStrength } from "./Overlay";
