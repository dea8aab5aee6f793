// What the viewfinder says; fetched with it, because the first screen doesn't need it.
import { counted } from "../../shared/wording";

export const viewfinderWords = {
  title: "Camera",
  live: "What the camera sees",
  close: "Close the camera",
  shutter: "Take photo",
  taken: (count: number) => `${counted(count, "photo")} taken`,
  look: (count: number) => `Look at the last of ${counted(count, "photo")}`,
  send: (count: number) => `Send ${count}`,
  earlier: "Earlier photo",
  earlierShare: (percent: number) => (percent === 0 ? "not shown" : `shown at ${percent} per cent`),
  earlierLost: "The earlier photo could not be fetched. Choose it again on the desktop.",
  next: "Next photo",
  where: "Choose side and body site",
  scale: "Scale",
  withScale: "With a ruler",
  done: "Done",
  torch: "Light",
  zoomTo: (factor: string) => `Zoom ${factor}`,
  zoom: "Zoom",
  tooSmall: (width: number, height: number) =>
    `This browser's camera gives only ${width} × ${height} pixels. Use the camera app for a sharper photo.`,
  failed: "The camera did not give a photo. Try again, or use the camera app.",
  problems: {
    forbidden: "This page may not use the camera. Allow it in the browser's settings, or use the camera app.",
    missing: "No camera was found. Use the camera app, or choose photos.",
    busy: "The camera is in use or doesn't answer. Close other apps that use it, or use the camera app.",
    ended:
      "The camera stopped. Tap Try again; if another app uses it, close that app, or use the camera app.",
    other: "The camera could not be started. Use the camera app.",
  },
  tryAgain: "Try again",
};
