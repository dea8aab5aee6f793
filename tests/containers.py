"""HEIC, WebP, TIFF and PDF test files, with markers planted wherever metadata can be."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pikepdf
import pillow_heif
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from image_files import STORED_TRANSPOSE, exif_block, icc_profile, make_jpeg, scene, with_segments


def make_heic(
    *,
    width: int = 320,
    height: int = 240,
    mode: str = "RGB",
    orientation: int = 1,
    profile: bytes | None = None,
    marker: str = "",
    quality: int = 90,
    taken: str = "",
) -> bytes:
    """Return a HEIC whose *upright* size is `width` by `height`; its rotation is in irot and imir, as phones write it."""
    image = scene(width, height)
    if orientation in STORED_TRANSPOSE:
        image = image.transpose(STORED_TRANSPOSE[orientation])
    if mode == "RGBA":
        image.putalpha(Image.new("L", image.size, 255))
    elif mode != "RGB":
        image = image.convert(mode)
    file = pillow_heif.from_pillow(image)
    extra: dict[str, Any] = {}
    if orientation > 1 or marker or taken:
        block = exif_block(orientation=orientation, gps=bool(marker), marker=marker, taken=taken)
        extra["exif"] = b"Exif\x00\x00" + block
    if marker:
        extra["xmp"] = _xmp(marker)
    if profile:
        file.info["icc_profile"] = profile
        file[0].info["icc_profile"] = profile
    out = io.BytesIO()
    # x265's own default takes 25 seconds of CPU for 12 megapixels, this 2; how well it compresses does not matter here.
    file.save(out, quality=quality, enc_params={"preset": "ultrafast"}, **extra)
    return out.getvalue()


def make_webp(
    *,
    width: int = 320,
    height: int = 240,
    mode: str = "RGB",
    orientation: int = 1,
    lossless: bool = False,
    profile: bytes | None = None,
    marker: str = "",
    taken: str = "",
) -> bytes:
    """Return a WebP whose *upright* size is `width` by `height`."""
    image = scene(width, height)
    if orientation in STORED_TRANSPOSE:
        image = image.transpose(STORED_TRANSPOSE[orientation])
    if mode == "RGBA":
        image.putalpha(_hole(image.size))
    extra: dict[str, Any] = {"icc_profile": profile} if profile else {}
    if orientation > 1 or marker or taken:
        extra["exif"] = exif_block(orientation=orientation, gps=bool(marker), marker=marker, taken=taken)
    if marker:
        extra["xmp"] = _xmp(marker)
    out = io.BytesIO()
    image.save(out, "WEBP", quality=90, lossless=lossless, **extra)
    return out.getvalue()


def make_avif(
    *,
    width: int = 320,
    height: int = 240,
    mode: str = "RGB",
    orientation: int = 1,
    profile: bytes | None = None,
) -> bytes:
    """Return an AVIF whose *upright* size is `width` by `height`; its rotation is in irot and imir."""
    image = scene(width, height)
    if orientation in STORED_TRANSPOSE:
        image = image.transpose(STORED_TRANSPOSE[orientation])
    if mode == "RGBA":
        image.putalpha(_hole(image.size))
    elif mode != "RGB":
        image = image.convert(mode)
    extra: dict[str, Any] = {"icc_profile": profile} if profile else {}
    if orientation > 1:
        extra["exif"] = exif_block(orientation=orientation)
    out = io.BytesIO()
    image.save(out, "AVIF", quality=90, speed=10, **extra)
    return out.getvalue()


def make_bmp(*, width: int = 320, height: int = 240, mode: str = "RGB") -> bytes:
    """Return a BMP as Windows' Paint writes it."""
    out = io.BytesIO()
    scene(width, height).convert(mode).save(out, "BMP")
    return out.getvalue()


def make_tiff(
    *,
    width: int = 320,
    height: int = 240,
    mode: str = "RGB",
    orientation: int = 1,
    compression: str = "tiff_deflate",
    pages: int = 1,
    profile: bytes | None = None,
    marker: str = "",
    tags: dict[int, int] | None = None,
) -> bytes:
    """Return a TIFF with that many pages; "I;16" is 16-bit grey."""
    frames = []
    for number in range(pages):
        image = scene(width, height, seed=number)
        if orientation in STORED_TRANSPOSE:
            image = image.transpose(STORED_TRANSPOSE[orientation])
        if mode == "RGBA":
            image.putalpha(_hole(image.size))
        elif mode == "I;16":
            image = Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
        else:
            image = image.convert(mode)
        frames.append(image)
    directory = ImageFileDirectory_v2()
    if orientation > 1:
        directory[274] = orientation
    for tag, value in (tags or {}).items():
        directory[tag] = value
    if marker:
        for tag in (269, 270, 271, 272, 285, 305, 306, 315, 316, 33432):
            directory[tag] = marker
        directory[700] = f"<x:xmpmeta>{marker}</x:xmpmeta>".encode()
        directory[33723] = marker.encode()
        directory[34377] = b"8BIM" + marker.encode()
    out = io.BytesIO()
    extra: dict[str, Any] = {"icc_profile": profile} if profile else {}
    if pages > 1:
        extra |= {"save_all": True, "append_images": frames[1:]}
    frames[0].save(out, "TIFF", compression=compression, tiffinfo=directory, **extra)
    return out.getvalue() + (marker.encode() * 3 if marker else b"")


def tiff_16_bit_rgb(*, width: int = 64, height: int = 48) -> bytes:
    """Return a big-endian 16-bit RGB TIFF, which Pillow can't write: left half red, right half blue."""
    row = struct.pack(">HHH", 0xC8C8, 0x2828, 0x2828) * (width // 2)
    row += struct.pack(">HHH", 0x2828, 0x2828, 0xC8C8) * (width - width // 2)
    body = row * height
    entries = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 3, 8 + len(body)),
        (259, 3, 1, 1 << 16),
        (262, 3, 1, 2 << 16),
        (273, 4, 1, 8),
        (277, 3, 1, 3 << 16),
        (278, 4, 1, height),
        (279, 4, 1, len(body)),
    ]
    bits = struct.pack(">HHH", 16, 16, 16)
    directory = struct.pack(">H", len(entries)) + b"".join(struct.pack(">HHII", *entry) for entry in entries)
    return b"MM\x00*" + struct.pack(">I", 8 + len(body) + 6) + body + bits + directory + bytes(4)


def document_pdf(*, pages: int = 1, marker: str = "", image: bytes | None = None) -> bytes:
    """Return a PDF whose pages show a scene; with `marker`, it is in everything a PDF can hide or run."""
    pdf = pikepdf.new()
    content = image or make_jpeg(width=320, height=240)
    if marker:
        content = with_segments(content, [(0xE1, b"Exif\x00\x00" + exif_block(gps=True, marker=marker))])
    shown = pdf.make_stream(
        content,
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=320,
        Height=240,
        ColorSpace=pikepdf.Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=pikepdf.Name.DCTDecode,
    )
    for number in range(pages):
        page = pdf.add_blank_page(page_size=(595, 842))
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(P=shown))
        page.Contents = pdf.make_stream(f"q 400 0 0 300 {90 + number} 400 cm /P Do Q".encode())
    if marker:
        _plant(pdf, shown, marker)
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True)
    saved = out.getvalue()
    return saved + f"\n% {marker}\n%%EOF\n".encode() if marker else saved


def protected_pdf(*, owner_only: bool = False) -> bytes:
    """Return a PDF that needs a password or, with `owner_only`, one with restricted permissions."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(document_pdf())) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="owner", user="" if owner_only else "user"))
    return out.getvalue()


def filled_form_pdf(text: str) -> bytes:
    """Return a PDF form with one filled-in field, whose appearance is a grey box."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(600, 800))
    appearance = pdf.make_stream(
        b"0.5 g 0 0 300 100 re f",
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Form,
        BBox=pikepdf.Array([0, 0, 300, 100]),
    )
    field = pdf.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Widget,
            FT=pikepdf.Name.Tx,
            T=pikepdf.String(text),
            V=pikepdf.String(text),
            F=4,
            Rect=pikepdf.Array([100, 400, 400, 500]),
            AP=pikepdf.Dictionary(N=appearance),
        )
    )
    page.Annots = pikepdf.Array([field])
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([field]))
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def planted_containers(marker: str) -> dict[str, bytes]:
    """Return files with `marker` in each place that can hold metadata, by the name of that place."""
    marker_bytes = marker.encode()
    webp = make_webp(width=96, height=64)
    extra = b"prVt" + struct.pack("<I", len(marker_bytes)) + marker_bytes + b"\x00" * (len(marker_bytes) % 2)
    heic = make_heic(width=96, height=64, marker=marker)
    return {
        "heic exif and xmp": heic,
        "heic wide profile": make_heic(width=96, height=64, profile=icc_profile("p3", marker=marker)),
        "heic trailer": make_heic(width=96, height=64)
        + struct.pack(">I", 8 + len(marker_bytes))
        + b"mpvd"
        + marker_bytes,
        "heic free box": heic + struct.pack(">I", 8 + len(marker_bytes)) + b"free" + marker_bytes,
        "webp exif and xmp": make_webp(width=96, height=64, marker=marker),
        "webp wide profile": make_webp(width=96, height=64, profile=icc_profile("p3", marker=marker)),
        "webp unknown chunk": b"RIFF" + struct.pack("<I", len(webp) - 8 + len(extra)) + webp[8:] + extra,
        "webp trailer": webp + marker_bytes,
        "tiff tags": make_tiff(width=96, height=64, marker=marker),
        "tiff jpeg tags": make_tiff(width=96, height=64, marker=marker, compression="jpeg"),
        "tiff wide profile": make_tiff(width=96, height=64, profile=icc_profile("p3", marker=marker)),
        "tiff pages": make_tiff(width=96, height=64, marker=marker, pages=3),
        "pdf everywhere": document_pdf(marker=marker),
        "pdf form": filled_form_pdf(marker),
    }


def everything_in(pdf: bytes) -> bytes:
    """Return every object of a PDF as uncompressed bytes, to search for markers."""
    found = b""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for part in [document.trailer, *document.objects]:
            found += part.unparse(resolved=True)
            if isinstance(part, pikepdf.Stream):
                found += repr(dict(part.items())).encode() + part.read_raw_bytes()
                if "DCT" not in str(part.get("/Filter")):
                    found += part.read_bytes()
    return found


def _plant(pdf: pikepdf.Pdf, shown: pikepdf.Object, marker: str) -> None:
    text = pikepdf.String(marker)
    name, script = (
        pikepdf.Name,
        pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String(f"//{marker}")),
    )
    pdf.docinfo["/Title"], pdf.docinfo["/Author"], pdf.docinfo["/Private"] = marker, marker, marker
    pdf.Root.Metadata = pdf.make_stream(_xmp(marker), Type=name.Metadata, Subtype=name.XML)
    pdf.Root.OpenAction, pdf.Root.AA = script, pikepdf.Dictionary(WC=script)
    pdf.Root.Lang, pdf.Root.PieceInfo = text, pikepdf.Dictionary(App=pikepdf.Dictionary(Private=text))
    pdf.attachments[f"{marker}.txt"] = marker.encode()
    pdf.Root.Names.JavaScript = pikepdf.Dictionary(Names=pikepdf.Array([text, script]))
    layer = pdf.make_indirect(
        pikepdf.Dictionary(
            Type=name.OCG,
            Name=text,
            Usage=pikepdf.Dictionary(CreatorInfo=pikepdf.Dictionary(Creator=text)),
        )
    )
    order = pikepdf.Dictionary(Order=pikepdf.Array([text, layer]), Name=text, Creator=text)
    pdf.Root.OCProperties = pikepdf.Dictionary(OCGs=pikepdf.Array([layer]), D=order)
    with pdf.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem(marker, 0))
    page = pdf.pages[0]
    page.Metadata = pdf.make_stream(marker.encode(), Type=name.Metadata, Subtype=name.XML)
    page.PieceInfo, page.AA = pikepdf.Dictionary(App=text), pikepdf.Dictionary(O=script)
    page.Thumb = pdf.make_stream(
        marker.encode(), Width=1, Height=1, ColorSpace=name.DeviceGray, BitsPerComponent=8
    )
    page.Resources.Properties = pikepdf.Dictionary(M=pikepdf.Dictionary(Author=text), L=layer)
    hidden = pdf.make_stream(
        marker.encode(), Type=name.XObject, Subtype=name.Form, BBox=pikepdf.Array([0, 0, 1, 1])
    )
    page.Resources.XObject.Never = hidden
    profile = pdf.make_stream(icc_profile("p3", marker=marker), N=3)
    page.Resources.ColorSpace = pikepdf.Dictionary(C=pikepdf.Array([name.ICCBased, profile]))
    packed = pdf.make_stream(
        zlib.compress(bytes(pikepdf.Stream(pdf, shown.read_raw_bytes()).read_bytes())),
        **{str(key).lstrip("/"): value for key, value in shown.items() if key not in {"/Length", "/Filter"}},
        Filter=pikepdf.Array([name.FlateDecode, name.DCTDecode]),
    )
    page.Resources.XObject.Q = packed
    form = pdf.make_stream(
        b"/C cs 1 0 0 sc 0 0 9 9 re f",
        Type=name.XObject,
        Subtype=name.Form,
        BBox=pikepdf.Array([0, 0, 9, 9]),
        Resources=pikepdf.Dictionary(ColorSpace=page.Resources.ColorSpace),
        PieceInfo=pikepdf.Dictionary(App=text),
        LastModified=text,
        Metadata=pdf.make_stream(marker.encode(), Type=name.Metadata, Subtype=name.XML),
    )
    form["/PTEX.FileName"] = text
    page.Resources.XObject.F = form
    mark = f"% {marker}\n/Span << /ActualText ({marker}) >> BDC /M /M BDC q 100 0 0 100 0 0 cm /Q Do Q /F Do EMC EMC"
    page.Contents = pikepdf.Array([page.Contents, pdf.make_stream(mark.encode())])
    shown.Metadata = pdf.make_stream(marker.encode(), Type=name.Metadata, Subtype=name.XML)
    shown.Name_ = text
    note = pikepdf.Dictionary(
        Type=name.Annot, Subtype=name.Text, Rect=pikepdf.Array([0, 0, 9, 9]), Contents=text, T=text, A=script
    )
    page.Annots = pikepdf.Array([pdf.make_indirect(note)])
    field = pikepdf.Dictionary(FT=name.Tx, T=text, V=text)
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([pdf.make_indirect(field)]), XFA=text)
    pdf.Root.StructTreeRoot = pikepdf.Dictionary(Type=name.StructTreeRoot, Title=text)


def _xmp(marker: str) -> bytes:
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    inner = f'<rdf:Description rdf:about="" xmlns:p="urn:p" p:serial="{marker}"/>'
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{rdf}">{inner}</rdf:RDF></x:xmpmeta>'.encode()


def _hole(size: tuple[int, int]) -> Image.Image:
    alpha = np.full((size[1], size[0]), 255, np.uint8)
    alpha[size[1] // 3 : 2 * size[1] // 3, size[0] // 3 : 2 * size[0] // 3] = 0
    return Image.fromarray(alpha)
