"""`python -m grok_tui` is `grok-tui`."""

import sys

from grok_tui.cli.main import main

sys.exit(main())
