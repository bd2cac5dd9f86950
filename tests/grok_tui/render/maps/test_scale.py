import pytest

from grok_tui.render.maps.scale import Scale


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (0.0, 2.71, ("2.71", "1.35", "0")),
        (0.0, 0.431, ("0.431", "0.215", "0")),
        (0.0466, 4.27, ("4.27", "2.16", "0.05")),
        (-13.8, 13.8, ("13.8", "0", "-13.8")),
        (0.0, 1.0, ("1.0", "0.5", "0")),
        (0.0, 680.0, ("680", "340", "0")),
        (0.0, 3708.0, ("3,708", "1,854", "0")),
        (0.0, 0.0, ("0", "0", "0")),
        (0.0, 3e-8, ("3e-8", "1.5e-8", "0")),
    ],
)
def test_a_scale_s_numbers_have_as_many_decimals_each(low, high, texts) -> None:
    assert Scale(low, high, low < 0).legend_texts() == texts
