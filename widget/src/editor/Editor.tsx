// The editor, loaded when it is opened for the first time: makes pixels of the image's bytes, then hands over.

import { useEffect, useState } from "preact/hooks";
import { locale } from "./locale";
import { Workbench, type WorkbenchProps } from "./ui/Workbench";

type Props = Omit<WorkbenchProps, "bitmap"> & { source: Blob };

export function Editor({ source, ...rest }: Props) {
  const [bitmap, setBitmap] = useState<ImageBitmap | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let current = true;
    let made: ImageBitmap | null = null;
    createImageBitmap(source).then(
      (found) => {
        made = found;
        if (current) setBitmap(found);
        else found.close();
      },
      () => current && setFailed(true),
    );
    return () => {
      current = false;
      made?.close();
    };
  }, [source]);
  if (bitmap) return <Workbench {...rest} bitmap={bitmap} />;
  return (
    <div class="bench-waiting">
      <h2 id="editor-title">{rest.title}</h2>
      {failed ? (
        <p role="alert">{locale.bad.notShown}</p>
      ) : (
        <p role="status">
          <span class="spinner" /> {locale.opening}
        </p>
      )}
      <button type="button" class="button" onClick={rest.onClose}>
        {locale.close}
      </button>
    </div>
  );
}
