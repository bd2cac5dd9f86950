"""The workspaces by their names, present and former."""

from grok_tui.session.workspaces import WORKSPACE_ALIASES, WORKSPACES, workspace_named


def test_a_workspace_has_its_present_and_its_former_name() -> None:
    assert workspace_named("progress") is workspace_named("training") is WORKSPACES[7]
    assert workspace_named("kitchen") is WORKSPACES[0]
    names = [workspace.name for workspace in WORKSPACES]
    assert set(WORKSPACE_ALIASES.values()) <= set(names)
    assert not set(WORKSPACE_ALIASES) & set(names)
