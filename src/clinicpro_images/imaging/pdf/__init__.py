"""PDF: cleaning, drawing and fitting."""
