// A picture small or large. The server lets go of filed pictures; then the small one in memory stands in.
import { useState } from "preact/hooks";
import { pictureAddress } from "../addresses";
import { useStore } from "./context";
import { Icon } from "./Icon";

export function Thumbnail({ id }: { id: string }) {
  const address = useStore().thumbs.addresses.value.get(id);
  if (address) return <img src={address} alt="" draggable={false} />;
  return <span class="picture-lost">{address === null && <Icon name="picture" />}</span>;
}

export function LargePicture({ id, alt }: { id: string; alt: string }) {
  const [lost, setLost] = useState("");
  const small = useStore().thumbs.addresses.value.get(id);
  if (lost !== id)
    return (
      <img
        key={id}
        src={pictureAddress(id, "view")}
        alt={alt}
        draggable={false}
        onError={() => setLost(id)}
      />
    );
  return (
    <div class="picture-lost">
      {small ? <img class="lost-small" src={small} alt={`${alt}, reduced`} /> : <Icon name="picture" />}
      <p>Not kept here any more in full size. Filed pictures are in Evolution's inbox.</p>
    </div>
  );
}
