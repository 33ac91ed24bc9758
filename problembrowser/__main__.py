"""The program's door: `python -m problembrowser`, and the script `problembrowser`."""

import signal


def main() -> None:
    """Run the command line and exit. Ctrl-C while its modules load ends it without a word."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # and is not ignored, as in the background
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from problembrowser import cli

    signal.signal(signal.SIGINT, before)
    cli.main()


if __name__ == "__main__":
    main()
