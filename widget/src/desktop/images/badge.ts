// What an image's badge says, in one place: the word, the sign and the colour always agree.
import type { Image } from "../../api/types";
import type { IconName } from "../Icon";
import { locale } from "../locale";

const words = locale.images;

export type Badge = {
  word: string;
  tone: "needs" | "ready" | "moving" | "filed" | "failed" | "asks";
  icon: IconName;
};

export function badgeOf(image: Image): Badge {
  if (image.state === "queued" || image.state === "sending")
    return { word: words.badge.sending, tone: "moving", icon: "clock" };
  if (image.state === "committed") return { word: words.badge.filed, tone: "filed", icon: "check" };
  if (image.state === "failed") return { word: words.badge.failed, tone: "failed", icon: "cross" };
  if (image.state === "unverified") return { word: words.badge.unverified, tone: "asks", icon: "question" };
  if (!image.bodySite) return { word: words.badge.needsSite, tone: "needs", icon: "site" };
  return { word: words.badge.ready, tone: "ready", icon: "check" };
}
