"""The windows that the number keys give, by what an image is."""

from collections.abc import Iterator

import numpy as np

from fusionviewer.imaging.image import Image
from fusionviewer.imaging.windowing import CT_PRESETS, Preset, Window
from fusionviewer.texts import in_english

SUV_TOPS = (5, 7, 10, 15, 20)
SHARES = (0.75, 0.5, 0.25, 0.1)
SAMPLED = 500_000  # values that percentiles are taken from, so that a menu opens at once


def presets(image: Image) -> tuple[Preset, ...]:
    """At most nine; the first is the window that the image opened with."""
    return (Preset("As opened", image.window), *_more(image))[:9]


def _more(image: Image) -> Iterator[Preset]:
    if image.unit == "HU":
        yield from CT_PRESETS.values()
        yield from _automatic(image)
        return
    if image.unit == "SUV":
        for top in SUV_TOPS:
            yield Preset(in_english("SUV 0–{top}", top=top), Window.between(0, top))
    low, high = float(image.values.min()), float(image.values.max())
    sample = image.values.ravel()[:: max(image.values.size // SAMPLED, 1)]
    finite = sample[np.isfinite(sample)]
    if finite.size == 0 or not np.isfinite(high - low):
        return
    yield Preset("Whole range", Window.between(low, high))
    if image.functional:
        for share in SHARES:
            yield Preset(
                in_english("0–{share:.0%} of the maximum", share=share),
                Window.between(0, high * share),
            )
    else:
        for cut in (0.5, 1, 2):
            ends = np.percentile(finite, (cut, 100 - cut))
            yield Preset(
                in_english("Without the outer {cut:g} %", cut=cut),
                Window.between(*map(float, ends)),
            )


def _automatic(image: Image) -> Iterator[Preset]:
    """What the middle slice holds, but for its darkest and brightest."""
    middle = np.asarray(image.values[image.shape[0] // 2])
    finite = middle[np.isfinite(middle)]
    if finite.size:
        low, high = np.percentile(finite, (1, 99))
        if high > low:
            label = in_english("Automatic, by the middle slice")
            yield Preset(label, Window.between(float(low), float(high)))
