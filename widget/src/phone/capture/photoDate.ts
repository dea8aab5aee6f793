// When a chosen photo was taken, from inside the JPEG, before its metadata is left behind.

const READ_BYTES = 131_072;
const EXIF = 0x45786966;
const EXIF_IFD = 0x8769;
const ORIGINAL_TIME = 0x9003;
const ORIGINAL_OFFSET = 0x9011;

/** ISO time with an offset (this phone's, where the photo has none), or null. */
export async function photoDate(photo: Blob): Promise<string | null> {
  const view = new DataView(await photo.slice(0, READ_BYTES).arrayBuffer());
  const tiff = exifStart(view);
  if (tiff === null) return null;
  const little = view.getUint16(tiff) === 0x4949;
  const ifd0 = entries(view, tiff, view.getUint32(tiff + 4, little), little);
  const exif = ifd0.get(EXIF_IFD);
  if (exif === undefined) return null;
  const fields = entries(view, tiff, view.getUint32(exif + 8, little), little);
  const time = text(view, tiff, fields.get(ORIGINAL_TIME), little);
  const offset = text(view, tiff, fields.get(ORIGINAL_OFFSET), little);
  return isoTime(time, offset);
}

/** "2026:11:20 09:15:00" and "+13:00" or "" to ISO; null if it is no time. */
export function isoTime(time: string, offset: string): string | null {
  const parts = /^(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)$/.exec(time);
  if (!parts) return null;
  const [, year, month, day, hour, minute, second] = parts;
  const zone = /^[+-]\d\d:\d\d$/.test(offset) ? offset : "";
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}

/** Where the TIFF header of the EXIF segment begins. */
function exifStart(view: DataView): number | null {
  if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return null;
  let at = 2;
  while (at + 10 < view.byteLength) {
    const marker = view.getUint16(at);
    if (marker === 0xffe1 && view.getUint32(at + 4) === EXIF) return at + 10;
    if (marker < 0xffe0 || marker > 0xfffe || marker === 0xffda) return null;
    at += 2 + view.getUint16(at + 2);
  }
  return null;
}

/** Tag to where its entry is. */
function entries(view: DataView, tiff: number, offset: number, little: boolean): Map<number, number> {
  const found = new Map<number, number>();
  const start = tiff + offset;
  const count = Math.min(view.getUint16(start, little), 200);
  for (let index = 0; index < count; index++) {
    const at = start + 2 + index * 12;
    found.set(view.getUint16(at, little), at);
  }
  return found;
}

function text(view: DataView, tiff: number, entry: number | undefined, little: boolean): string {
  if (entry === undefined) return "";
  const length = Math.min(view.getUint32(entry + 4, little), 64);
  const start = length > 4 ? tiff + view.getUint32(entry + 8, little) : entry + 8;
  let read = "";
  for (let at = start; at < start + length; at++) {
    const code = view.getUint8(at);
    if (code === 0) break;
    read += String.fromCharCode(code);
  }
  return read.trim();
}
