"""The help page on regions, distances, angles, and what their numbers mean."""

from html import escape

from fusionviewer.imaging.roi_drawing import SHAPES
from fusionviewer.imaging.roi_peak import PEAK_RADIUS_MM
from fusionviewer.texts import marked
from fusionviewer.texts import text as _
from fusionviewer.ui.roi_table import COLUMNS

_POINTS = (
    marked(
        "Numbers come from the voxels as they were read, in the unit of each image, whatever pane the "
        "region was drawn on. A voxel belongs to a region when its centre does; on an image of another "
        "grid these are the voxels whose centre lies in the region, seen along the slice, in the layer "
        "that the slice shows. Fused values are brightness within 0…1, not a measurement."
    ),
    marked(
        "A region belongs to its slice and its place in the patient. It is not drawn on other slices; "
        "a click on its line in the list goes there, and the right click menu brings it to the slice "
        "that is shown. A sphere is there in every slice and every plane that it reaches."
    ),
    marked(
        "A click on an outline chooses it, and a right click offers its menu. Ctrl, Shift and an arrow "
        "move the chosen region by a pixel, Alt, Shift and an arrow move its lower right corner, or "
        "the end of a line; Delete removes it; everything can be undone."
    ),
    marked(
        "Without a mouse: with one of these tools, Space begins at the crosshair, the arrow keys (up "
        "and down with Ctrl) move it, and Space ends there. Polygons take a corner from each, and the "
        "same place twice ends them."
    ),
    marked(
        "A distance also has a plot of all images along it. Each place reads the voxel that it lies "
        "in: where voxels are coarse, the line has steps."
    ),
    marked(
        "An angle is two drags, or a drag and a click: the first leg towards the apex, then the end of "
        "the second. Distances and angles follow the spacing of the voxels; without geometry, distances "
        "are in pixels and pixels count as square."
    ),
    marked(
        "SUVpeak is the highest mean that a sphere of 1 cm³ (radius {radius:.1f} mm) has around "
        "a voxel of the region. It takes the voxels whose centres it holds, also beyond the region "
        "(Wahl et al. 2009, doi:10.2967/jnumed.108.057307; IBSI 0F91). TLG is the mean SUV of a sphere "
        "times its volume in ml."
    ),
)


def measuring_page() -> str:
    """As rich text."""
    shapes = ", ".join(_(shape.label).lower() for shape in SHAPES.values())
    points = "".join(f"<p>{escape(_(point, radius=PEAK_RADIUS_MM))}</p>" for point in _POINTS)
    columns = [(escape(_(column.label)), escape(_(column.tip))) for column in COLUMNS]
    lines = "".join(
        f"<tr><td><b>{label}</b>&nbsp;&nbsp;</td><td>{tip}</td></tr>" for label, tip in columns
    )
    title = _("Regions (R): {shapes}; distance (D); angle (A)", shapes=shapes)
    return (
        f"<h3>{escape(title)}</h3>{points}"
        f"<h3>{_('The numbers')}</h3><table cellpadding='2'>{lines}</table>"
    )
