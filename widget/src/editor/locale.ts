// Every sentence of the editor. Another language is another object of this shape.
import type { Colour, Kind, Shape, Tool } from "./types";

const tools: Record<Tool, string> = {
  select: "Select",
  crop: "Crop",
  arrow: "Arrow",
  circle: "Circle",
  line: "Draw",
  text: "Text",
  blur: "Blur",
};

const hints: Record<Tool, string> = {
  select: "Press a mark to move it. Every mark can be moved, sized and deleted.",
  crop: "Pull the corners. Arrow keys move, + and − size, Shift with arrows changes one side.",
  arrow: "Draw from the shaft to the point.",
  circle: "Draw around what matters.",
  line: "Draw freely.",
  text: "Press where the text should go.",
  blur: "Draw over what nobody should see. It is gone for good in the saved copy.",
};

const colours: Record<Colour, string> = {
  yellow: "Yellow",
  cyan: "Cyan",
  white: "White",
  red: "Red",
  black: "Black",
};

const shapes: Record<Shape, string> = {
  free: "Free",
  "1:1": "Square",
  "4:3": "4:3",
  "3:4": "3:4 upright",
  "3:2": "3:2",
  "2:3": "2:3 upright",
};

const marks: Record<Kind, string> = {
  arrow: "Arrow",
  circle: "Circle",
  line: "Line",
  text: "Text",
  blur: "Blurred area",
};

export const locale = {
  opening: "Opening the photo…",
  close: "Close",
  bad: {
    notShown: "This browser can't open the photo for editing. It can be filed as it is; close the editor.",
    tooLarge:
      "This browser can't save a photo this large. Crop it, or edit a smaller version; the original is untouched.",
  },
  image: "Photo",
  keys: (letters: boolean) =>
    `With a tool chosen, Enter places a mark in the middle. Arrow keys move it, plus and minus size it, square brackets turn it, Delete deletes it${letters ? "; M goes to the next mark" : ""}. With no mark selected, plus and minus zoom and arrow keys move the photo.`,
  cancel: "Cancel",
  saving: "Saving…",
  save: "Save as a copy",
  withKeys: (name: string, keys: string) => `${name} (${keys})`,
  undo: "Undo",
  redo: "Redo",
  reset: "Reset",
  undoRedo: "Undo, redo",
  view: "View",
  zoomOut: "Zoom out",
  zoomIn: "Zoom in",
  whole: "Show the whole photo",
  wholeFrom: (percent: string) => `${percent}, show the whole photo`,
  zoomHelp: "Zoom in, zoom out, the whole photo",
  tools,
  toolbox: "Tools",
  hints,
  options: "Options",
  remove: "Delete",
  removeHelp: "Delete the mark",
  place: "Place in the middle",
  placeHelp: "Place a mark in the middle",
  colour: "Colour",
  colours,
  size: "Size",
  weights: { 1: "Thin", 2: "Medium", 3: "Thick" },
  text: "Text",
  turnLeft: "Turn left",
  turnRight: "Turn right",
  turnHelp: "Turn the photo right, left",
  straighten: "Straighten",
  degrees: (degrees: number) => `${degrees} degrees`,
  shape: "Shape",
  shapes,
  smaller: "Smaller",
  larger: "Larger",
  sizeHelp: "Larger, smaller; with nothing selected, zoom in and out",
  uncrop: "Whole photo",
  moveMark: "Move the mark",
  moveCrop: "Move the crop",
  moveImage: "Move the photo",
  moveHelp: "Move the mark or the crop; with Shift in small steps, or one side of the crop",
  up: "Up",
  down: "Down",
  left: "Left",
  right: "Right",
  pointHelp: "Turn an arrow or a line",
  nextMark: "Next mark",
  markHelp: "Next mark, the previous one",
  list: "Drawn so far",
  leaving: {
    title: "Leave without saving?",
    text: "Your changes to this photo will be lost. The original stays as it is.",
    stay: "Keep editing",
    discard: "Discard changes",
  },
  marks,
  textMark: (text: string) => `Text: ${text || "empty"}`,
  announce: {
    added: (mark: string) => `${mark} added.`,
    deleted: (mark: string) => `${mark} deleted.`,
    among: (mark: string, number: number, count: number) => `${mark}, ${number} of ${count}.`,
    position: (mark: string, across: number, down: number) => `${mark}: ${across} % across, ${down} % down.`,
    crop: (width: number, height: number) => `Crop: ${width} by ${height} pixels.`,
    nothing: "Nothing is drawn yet.",
    turnedRight: "Turned right.",
    turnedLeft: "Turned left.",
    enlarged: (percent: string) => `Enlarged to ${percent}.`,
    whole: "The whole photo is shown.",
    undone: "Undone.",
    redone: "Redone.",
    reset: "All changes undone.",
  },
  changeText: "Change text",
  textHint: "Type here",
};

export type EditorLocale = typeof locale;
