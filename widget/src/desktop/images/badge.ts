// What an image's badge says, in one place: the word, the sign and the colour always agree.
import type { Image } from "../../api/types";
import type { IconName } from "../Icon";

export type Badge = {
  word: string;
  tone: "needs" | "ready" | "moving" | "filed" | "failed" | "asks";
  icon: IconName;
};

export function badgeOf(image: Image): Badge {
  if (image.state === "queued" || image.state === "sending")
    return { word: "Sending", tone: "moving", icon: "clock" };
  if (image.state === "committed") return { word: "Filed", tone: "filed", icon: "check" };
  if (image.state === "failed") return { word: "Not filed", tone: "failed", icon: "cross" };
  if (image.state === "unverified") return { word: "Not certain", tone: "asks", icon: "question" };
  if (!image.bodySite) return { word: "Needs body site", tone: "needs", icon: "site" };
  return { word: "Ready", tone: "ready", icon: "check" };
}
