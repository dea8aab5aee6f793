// An image small or large. The server deletes filed images; the thumbnail in memory is then shown instead.
import { useEffect, useRef, useState } from "preact/hooks";
import { contentAddress } from "../../api/addresses";
import type { Image } from "../../api/types";
import { useStore } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";
import { isLocal } from "./local";

const words = locale.images;

export function Thumbnail({ id }: { id: string }) {
  const address = useStore().thumbs.addresses.value.get(id);
  if (address) return <img src={address} alt="" draggable={false} />;
  return <span class="image-lost">{address === null && <Icon name="image" />}</span>;
}

type Large = { image: Image; alt: string; scale: number; x: number; y: number };

/** Full resolution comes once it is enlarged, behind the smaller one so that nothing blinks. */
export function LargeImage({ image, alt, scale, x, y }: Large) {
  const { id } = image;
  const { pages, thumbs, session } = useStore();
  const page = pages.pageOf(id);
  const [tries, setTries] = useState(1);
  const shown = `${id} ${page} ${tries}`;
  const [lost, setLost] = useState("");
  const [sharp, setSharp] = useState("");
  const connected = session.connected.value;
  const wasConnected = useRef(connected);
  const again = () => setTries(tries + 1);
  useEffect(() => {
    if (connected && !wasConnected.current && lost === shown) again();
    wasConnected.current = connected;
  }, [connected]);
  const small = thumbs.addresses.value.get(id);
  const sharper =
    scale > 1 && !isLocal(id) && sharp !== id && /^image\/(jpeg|png|webp)$/.test(image.contentType);
  useEffect(() => {
    if (!sharper) return;
    let wanted = true;
    const full = new window.Image();
    full.src = contentAddress(id, "full");
    // What can't be had stays as sharp as it is.
    full.decode().then(
      () => wanted && setSharp(id),
      () => {},
    );
    return () => {
      wanted = false;
    };
  }, [sharper, id]);
  const style = { transform: `translate(${x}px, ${y}px) scale(${scale})` };
  // The file itself, until the server has it; what it can't draw is only named.
  if (isLocal(id))
    return small ? (
      <img class="large-image" src={small} alt={alt} draggable={false} style={style} />
    ) : (
      <p class="image-lost">
        <span class="spinner" /> {locale.adding.adding}
      </p>
    );
  if (lost !== shown)
    return (
      <>
        {small && page === 1 && (
          <img class="large-image large-under" src={small} alt="" draggable={false} style={style} />
        )}
        <img
          key={shown}
          class="large-image"
          src={contentAddress(id, sharp === id ? "full" : "view", page)}
          onLoad={() => pages.drawn(id, page)}
          alt={alt}
          draggable={false}
          onError={() => setLost(shown)}
          style={style}
        />
      </>
    );
  return (
    <div class="image-lost">
      {small ? <img class="lost-small" src={small} alt={words.reduced(alt)} /> : <Icon name="image" />}
      {image.state === "committed" ? (
        <p>{words.filedGone}</p>
      ) : (
        <>
          <p>{words.notShown}</p>
          <button type="button" class="button" onClick={again}>
            {words.tryAgain}
          </button>
        </>
      )}
    </div>
  );
}
