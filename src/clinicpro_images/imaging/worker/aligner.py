"""The worker process that aligns photos: as `process`, with OpenCV loaded before files are out of reach.

It is a process of its own, so that those that decode uploads don't carry a library of its size.
"""

from clinicpro_images.imaging.align import align, configure
from clinicpro_images.imaging.worker import process


def main() -> None:
    """Serve requests until the gateway closes the pipe or dies."""
    configure()
    process.main({"align": align})


if __name__ == "__main__":
    main()
