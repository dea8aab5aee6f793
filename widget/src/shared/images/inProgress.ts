import type { Image } from "../../api/types";

/** Whether an image was handed over and nothing is known yet of what became of it. */
export const inProgress = ({ state }: Pick<Image, "state">) => state === "queued" || state === "sending";
