"""Whether the colours of the functional image survived fusion.

Both scores compare the fused colours with those of the one source that has colours (PET,
SPECT), where it has uptake: where its brightest channel is at least 26 of 255, a tenth. They
are undefined without colours, with two coloured sources, or without uptake. A region restricts
them to its pixels. Colours are sRGB under D65.
"""

import numpy as np

from fusionviewer.imaging.color_difference import (
    Lab,
    chroma_of,
    chromatic_difference,
    ciede2000,
    cielab,
    hue_of,
)
from fusionviewer.metrics.picture import RGB, Picture, Sources, Undefined
from fusionviewer.texts import in_english

_UPTAKE = 26
_COLOURED = 5.0  # least chroma for which a hue can be seen


def colour_difference(sources: Sources, fused: Picture) -> float:
    """Mean CIEDE2000 against the functional image, where it has uptake. 0 is the same colour.

    About 1 is just visible; brightening counts as well as a change of hue.

    Source: Sharma, Wu & Dalal 2005, doi:10.1002/col.20070.
    """
    return float(ciede2000(*_lab_where_uptake(sources, fused)).mean())


def colour_shift(sources: Sources, fused: Picture) -> float:
    """Mean CIEDE2000 of hue and chroma alone, where there is uptake. 0 is the same colour.

    As `colour_difference`, but as if the fused image were as light as the functional one: fusion
    changes lightness by design, for it carries the other image. About 2 is hardly noticed.

    Source: Sharma, Wu & Dalal 2005, doi:10.1002/col.20070, with ΔL′ = 0.
    """
    return float(chromatic_difference(*_lab_where_uptake(sources, fused)).mean())


def hue_shift(sources: Sources, fused: Picture) -> float:
    """Mean absolute change of CIELAB hue in degrees, 0 to 180, where there is uptake.

    Over pixels whose chroma is at least 5 in the functional and in the fused image; undefined
    where none is. Blue turned lilac shows here, a change of brightness does not.

    Source: CIE 15:2004, section 8.2.1.3, for the hue angle.
    """
    functional, seen = _lab_where_uptake(sources, fused)
    coloured = np.minimum(chroma_of(functional), chroma_of(seen)) >= _COLOURED
    if not coloured.any():
        raise Undefined(in_english("no pixel with uptake has a hue in both images"))
    turn = hue_of(seen[coloured]) - hue_of(functional[coloured])
    return float(np.abs((turn + 180) % 360 - 180).mean())


def _lab_where_uptake(sources: Sources, fused: Picture) -> tuple[Lab, Lab]:
    functional, seen = _where_uptake(sources, fused)
    return cielab(functional / 255), cielab(seen / 255)


def _where_uptake(sources: Sources, fused: Picture) -> tuple[RGB, RGB]:
    coloured = [x.rgb for x in (sources.a, sources.b) if x.rgb is not None]
    if not coloured:
        raise Undefined(in_english("neither source has colour"))
    if len(coloured) == 2:
        raise Undefined(in_english("both sources have colour"))
    if fused.rgb is None:
        raise Undefined(in_english("the fused image has no colour"))
    where = coloured[0].max(axis=2) >= _UPTAKE
    if sources.region is not None:
        where &= sources.region
    if not where.any():
        raise Undefined(in_english("the functional image has no uptake here"))
    return coloured[0][where], fused.rgb[where]
