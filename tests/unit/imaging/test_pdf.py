"""A cleaned PDF keeps the look of its pages and nothing else, and is small enough or refused with a reason."""

import io

import pypdfium2
import pytest
from PIL import Image

from clinicpro_images.images.image_files import files_of, pack, unpack
from clinicpro_images.imaging.clean import clean
from clinicpro_images.imaging.errors import ImageBroken, ImageTooLarge, ImageUnsupported
from clinicpro_images.imaging.fit import fit_media, fit_referral, fit_scan
from clinicpro_images.imaging.inspect import inspect
from clinicpro_images.imaging.intake import take_in
from clinicpro_images.imaging.limits import MAX_FILED_BYTES, FitLimits
from clinicpro_images.imaging.rendition import rendition
from containers import document_pdf, everything_in, filled_form_pdf
from image_files import make_jpeg

MARKER = "SERIAL-Z7Q4-MARKER"
PDF = "application/pdf"


def test_markers_all_over_a_pdf_are_removed_even_from_compressed_streams() -> None:
    planted = document_pdf(marker=MARKER)
    cleaned = clean(planted).content

    assert everything_in(planted).count(MARKER.encode()) > 20
    assert MARKER.encode() not in everything_in(cleaned)
    assert MARKER.encode() not in cleaned


@pytest.mark.parametrize(
    "word",
    [
        b"/JavaScript", b"/JS", b"/OpenAction", b"/AA", b"/EmbeddedFile", b"/Names", b"/AcroForm", b"/XFA", b"/Annots",
        b"/Metadata", b"/Info", b"/PieceInfo", b"/Thumb", b"/Outlines", b"/StructTreeRoot", b"/Launch", b"/URI",
    ],
)  # fmt: skip
def test_no_scripts_actions_attachments_or_metadata_are_left(word: bytes) -> None:
    assert word not in everything_in(clean(document_pdf(marker=MARKER)).content)


def test_the_pages_look_the_same() -> None:
    before, after = document_pdf(pages=2), clean(document_pdf(pages=2))

    assert (after.content_type, after.pages, after.width, after.height) == (PDF, 2, 1240, 1754)
    for number in range(2):
        pages = [pypdfium2.PdfDocument(each)[number].render().to_pil() for each in (before, after.content)]
        assert pages[0].tobytes() == pages[1].tobytes()


def test_completed_form_fields_stay_visible_as_part_of_the_page() -> None:
    shown = Image.open(io.BytesIO(rendition(clean(filled_form_pdf(MARKER)).content, edge=800)))

    assert shown.getpixel((250, 350)) == pytest.approx((128, 128, 128), abs=4)
    assert shown.getpixel((50, 50)) == pytest.approx((255, 255, 255), abs=4)


def test_the_same_pdf_gives_the_same_bytes() -> None:
    assert clean(document_pdf(marker=MARKER)).content == clean(document_pdf(marker=MARKER)).content


def test_20_pages_are_accepted_and_21_are_not() -> None:
    assert clean(document_pdf(pages=20)).pages == 20
    with pytest.raises(ImageTooLarge, match="21 pages"):
        clean(document_pdf(pages=21))


@pytest.mark.parametrize("part", [0.1, 0.5, 0.97])
def test_a_truncated_pdf_is_broken(part: float) -> None:
    whole = document_pdf(pages=3)

    with pytest.raises(ImageBroken):
        clean(whole[: int(len(whole) * part)])


def test_a_pdf_behind_another_header_is_not_accepted_as_one() -> None:
    with pytest.raises(ImageUnsupported):
        inspect(b"GIF89a" + document_pdf())


def test_a_pdf_that_fits_is_filed_unchanged() -> None:
    cleaned = clean(document_pdf(pages=2)).content

    for fitted in (
        fit_scan(cleaned, PDF, description="Left forearm", limits=FitLimits()),
        fit_media(cleaned, PDF, limits=FitLimits()),
        fit_referral(cleaned, PDF),
    ):
        assert (fitted.content, fitted.content_type, fitted.unchanged) == (cleaned, PDF, True)
        assert fitted.done == "Unchanged, 2 pages."


def test_a_pdf_too_large_for_media_is_rasterised_and_the_summary_says_so() -> None:
    cleaned = clean(document_pdf(pages=2, image=make_jpeg(width=3000, height=2250, quality=98))).content
    assert len(cleaned) > 1_000_000

    fitted = fit_media(cleaned, PDF, limits=FitLimits())

    assert len(fitted.content) < 1_000_000
    assert not fitted.unchanged
    assert "to images" in fitted.done
    assert len(pypdfium2.PdfDocument(fitted.content)) == 2
    assert len(cleaned) < MAX_FILED_BYTES
    assert fit_scan(cleaned, PDF, description="", limits=FitLimits()).content == cleaned


def test_a_pdf_that_can_not_be_made_small_enough_is_refused_with_advice() -> None:
    cleaned = clean(document_pdf(pages=2)).content

    with pytest.raises(ImageTooLarge, match="Split it"):
        fit_media(cleaned, PDF, limits=FitLimits(aim_bytes=3_000))


def test_a_pdf_is_made_to_fit_while_it_is_taken_in_and_kept_as_it_will_be_filed() -> None:
    pdf = document_pdf(pages=2, image=make_jpeg(width=3000, height=2250, quality=98))

    taken = take_in(pdf, limits=FitLimits(), targets=("scan", "media"))

    files = unpack(pack(files_of(taken, FitLimits())))
    stored = taken.image.content
    scan = fit_scan(stored, PDF, description="x", limits=FitLimits())
    assert scan.unchanged
    assert files.scan(PDF, description="x", limits=FitLimits()) == scan
    media = fit_media(stored, PDF, limits=FitLimits())
    assert not media.unchanged
    assert files.media(PDF, limits=FitLimits()) == media
    assert files.media(PDF, limits=FitLimits(aim_bytes=900_000)) is None, "it was made for another limit"
    assert (files.original, files.view, files.thumb) == (stored, taken.view, taken.thumb)
    only_scan = files_of(take_in(pdf, limits=FitLimits(), targets=("scan",)), FitLimits())
    assert only_scan.media(PDF, limits=FitLimits()) is None


def test_a_pdf_that_can_not_be_made_small_enough_is_refused_when_it_is_taken_in() -> None:
    pdf, limits = document_pdf(pages=2), FitLimits(aim_bytes=3_000)

    with pytest.raises(ImageTooLarge, match="Split it"):
        take_in(pdf, limits=limits, targets=("media",))
    assert take_in(pdf, limits=limits, targets=("scan",)).image.pages == 2
