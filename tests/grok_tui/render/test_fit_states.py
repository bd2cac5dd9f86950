"""The states of the header in any width."""

from grok_tui.render.fit_states import fit_states

PLAYING = ("▶ 4/s",)
TRAINING = ("training 1,350 of 2,000 · 130/s · 5 s left", "training 1,350 of 2,000", "training")
ABLATED = ("ablated: cluster 14, cluster 52", "ablated: cluster 14, …", "ablated: …")


def test_each_state_is_one_of_its_texts_in_any_width() -> None:
    states = (PLAYING, TRAINING, ABLATED)
    for width in range(100):
        shown = fit_states(states, width)
        assert len(shown) <= width
        rest = shown
        for texts in states:
            text = next((text for text in texts if rest.removeprefix(" · ").startswith(text)), "")
            rest = rest.removeprefix(" · ").removeprefix(text)
        assert rest == ""
    assert fit_states(states, 100) == " · ".join(texts[0] for texts in states)


def test_there_is_nothing_without_states() -> None:
    assert fit_states((), 80) == fit_states(((), ()), 80) == ""
