"""Entry point of `python -m alex_sandbox`."""

from alex_sandbox.cli import main

if __name__ == "__main__":
    main()
