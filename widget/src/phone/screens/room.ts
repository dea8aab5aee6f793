// Whether the screen has room for a photo and all chips at once, in lines of text rather than pixels.
import { useEffect, useState } from "preact/hooks";

const ENOUGH_REM = 42;

const isShort = () =>
  innerHeight < ENOUGH_REM * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);

export function useShort(): boolean {
  const [short, setShort] = useState(isShort);
  useEffect(() => {
    const measure = () => setShort(isShort());
    addEventListener("resize", measure);
    return () => removeEventListener("resize", measure);
  }, []);
  return short;
}
