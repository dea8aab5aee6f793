// The dialog and the comparison are fetched when the earlier photos are opened first.
import { useEffect, useState } from "preact/hooks";
import { useStore } from "../context";

type Parts = typeof import("./parts");

export function useParts(): Parts | null {
  const { earlier } = useStore();
  const [parts, setParts] = useState<Parts | null>(null);
  const wanted = earlier.open.value || earlier.chosen.value !== null;
  useEffect(() => {
    if (!wanted || parts) return;
    import("./parts").then((fetched) => setParts(() => fetched), earlier.notFetched);
  }, [wanted, parts, earlier]);
  return parts;
}
