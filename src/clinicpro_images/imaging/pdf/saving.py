"""Write a PDF so that every reader opens it: some repair nothing, and say that the file is damaged."""

import io

import pikepdf


def saved(pdf: pikepdf.Pdf) -> bytes:
    """Return the file, always the same for the same objects; raises pikepdf.PdfError if it would need a repair."""
    # Without this entry, qpdf writes none: a table of objects that it rebuilt may lack it.
    pdf.trailer["/Size"] = len(pdf.objects) + 1
    out = io.BytesIO()
    pdf.save(
        out,
        deterministic_id=True,
        compress_streams=True,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
        encryption=False,
    )
    with pikepdf.open(out, attempt_recovery=False):
        return out.getvalue()
