"""Generated files: what phones, cameras and scanners produce, and damaged or malicious ones."""
