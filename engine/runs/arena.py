"""ARENA's `full_run_data.pth`: the study's run, train losses of every epoch and test losses of every tenth."""

from engine.runs.multi_checkpoint_file import MultiCheckpointFormat

FULL_RUN_DATA = MultiCheckpointFormat("full_run_data", states="state_dicts", epochs="epochs")
