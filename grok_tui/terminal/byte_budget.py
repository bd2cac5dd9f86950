"""The bytes of a step, and the forms of images that fit into them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

# A step takes at most so many bytes: those of its text as measured, the others are for the images.
_BYTES_OF_STEP = 40_000
LEAST_BYTES = 12_000


class ImageForms(Protocol):
    """An image in forms that are ever coarser."""

    form_count: int

    def size(self, step: int) -> int:
        """The bytes of the form with this index."""


def bytes_for_images(columns: int, rows: int) -> int:
    """How many bytes of a step are left for the images of a screen of so many cells."""
    cells = columns * rows
    text = max(1.6 * cells, 2.1 * cells - 3_000)
    return max(_BYTES_OF_STEP - round(text), LEAST_BYTES)


def steps_beside(
    others: Mapping[int, int], new: Collection[int], images: Mapping[int, ImageForms], budget: int
) -> dict[int, int]:
    """The index of a form for each of the `new` ones among the `images` of a screen, so that all share `budget` bytes.

    `others` are the bytes that images took when they were sent. Those that are sent again will take no more than their
    share.
    """
    shared = finest_steps(images, budget)
    sizes = (min(size, images[number].size(shared[number])) for number, size in others.items() if number not in new)
    return finest_steps({number: images[number] for number in new}, budget - sum(sizes), shared)


def finest_steps(
    images: Mapping[int, ImageForms], budget: int, start: Mapping[int, int] | None = None
) -> dict[int, int]:
    """The index of a form for each image: the largest becomes coarser until all take at most `budget` bytes."""
    steps = {number: 0 if start is None else start[number] for number in images}
    sizes = {number: forms.size(steps[number]) for number, forms in images.items()}
    while sum(sizes.values()) > budget:
        coarser = [number for number, step in steps.items() if step + 1 < images[number].form_count]
        if not coarser:
            break
        largest = max(coarser, key=lambda number: sizes[number])
        steps[largest] += 1
        sizes[largest] = images[largest].size(steps[largest])
    return steps
