"""The entry point: `grok-tui` and `python -m grok_tui`. Ctrl+C ends it quietly from the first import on."""

import sys


def main() -> int:
    """Run the command line and return its exit status."""
    try:
        from grok_tui.cli.main import main as run_command  # noqa: PLC0415 (imports for half a second)

        return run_command()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
