"""Clean, render and fit PDFs."""
