"""What the commands do, one file each beside the shared; `grok_tui.cli.main` has their options."""
