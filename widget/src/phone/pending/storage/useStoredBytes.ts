// A photo that is still on this phone, as large as it is stored: for <img>.
import { useEffect, useState } from "preact/hooks";
import { usePhone } from "../../context";
import type { PendingImage } from "../../types";

/** Its blob: address; "" before it has been read, if it can't be read, and unless it `isWanted`. */
export function useStoredBytes({ key, stage }: PendingImage, isWanted = true): string {
  const { pending } = usePhone();
  const [address, setAddress] = useState("");
  useEffect(() => {
    if (!isWanted) return;
    let made = "";
    let left = false;
    pending.bytes(key).then(
      (bytes) => {
        if (!bytes || left) return;
        made = URL.createObjectURL(bytes);
        setAddress(made);
      },
      () => {},
    );
    return () => {
      left = true;
      URL.revokeObjectURL(made);
    };
  }, [key, stage, isWanted]);
  return address;
}
