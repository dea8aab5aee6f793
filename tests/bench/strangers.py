"""`scripts/bench strangers`: the gateway with programs that nobody here wrote, all on this machine.

Sign-in against oidc-provider in its certified defaults; staged photos in s3rver, nanio and SeaweedFS with Debian's PostgreSQL;
the FHIR that is written judged by Medplum's validator. They come from the package registries into build/strangers.
"""

import argparse
import sys
import traceback

from rich.console import Console

from strangers import fhir, s3, sign_in
from strangers.parts import install

TRIALS = {"sign-in": sign_in.tried, "s3": s3.tried, "fhir": fhir.tried}


def main() -> None:
    """Run the trials and print what was seen; exit 1 if one failed."""
    parser = argparse.ArgumentParser(prog="scripts/bench strangers", description=__doc__)
    parser.add_argument("only", nargs="*", choices=[[], *TRIALS], help="only these trials")
    options = parser.parse_args()
    install()
    console = Console(soft_wrap=True, highlight=False)
    failed = 0
    for name in options.only or TRIALS:
        try:
            for line in TRIALS[name]():
                console.print(f"{name}: {line}", markup=False)
        except Exception:  # noqa: BLE001 - whatever it is, the others are tried too
            failed += 1
            console.print(f"{name}: FAILED\n{traceback.format_exc()}", markup=False)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
