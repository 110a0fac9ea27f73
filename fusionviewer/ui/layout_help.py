"""The help page about planes, thick slices, layouts and rulers."""

from html import escape

from fusionviewer.texts import marked
from fusionviewer.texts import text as _

_SECTIONS = {
    marked("Planes"): (
        marked(
            "Slices open as they are stored, turned and mirrored where it takes that for the patient's right "
            "to be on the left and the nose or the head up; Shift+F2 shows them as they are in the file, and "
            "again turned. F2, F3 and F4 show all panes in the patient's axial, coronal or sagittal plane. "
            "Rows, columns and slices change places, and no voxel is interpolated, "
            "unless a volume lies more than a degree oblique: then it is resampled to the patient's axes, "
            "for the screen and for exports, and the corner says so. Values under the cursor and in regions "
            "are those of its own voxels in every plane. Letters come from the geometry of the files. "
            "Pictures without geometry have no planes."
        ),
        marked(
            "The fused image of a plane is fused from the slices of that plane, as they are shown. It is no "
            "cut through images that were fused axially, and need not be equal to one. "
            "A network gets the voxels as they are: where slices are thick, those of a coronal plane are "
            "taller than wide, and it was trained on square ones."
        ),
    ),
    marked("Three planes"): (
        marked(
            "Ctrl+3 shows one image, the active one, in all three planes, at one scale. The pane with the "
            "frame is the main one: regions, comparison and overlays are there. A click in any plane moves "
            "the crosshair and with it the slices of the others; the wheel moves one plane alone. F6 goes "
            "to the next image. A double click makes a plane large and the main one."
        ),
    ),
    marked("Thick slices"): (
        marked(
            "Alt+Up and Alt+Down change how many mm of neighbouring slices are shown as one: their mean, "
            "maximum or minimum. Slices whose centres lie within the slab count; padding does not. What "
            "is fused and exported is the slab. Values under the cursor and in regions stay those of the "
            "single voxels."
        ),
    ),
    marked("Turning, mirroring, enlarging"): (
        marked(
            "Shift+R and Shift+L turn all pictures, Shift+M mirrors them; the letters follow, Esc undoes "
            "it all. Pixels are enlarged without interpolation, linearly, or by cubic convolution, which "
            "changes the picture alone."
        ),
    ),
    marked("Rulers"): (
        marked(
            "The bars at the left and below are as long as they say at the place of the slice, by the "
            "pixel spacing of the file. Without geometry there are none."
        ),
    ),
    marked("Series"): (
        marked(
            "F5 lists the series of everything that was opened or dropped, by patient and study. Enter or "
            "a double click opens what is chosen; a series dragged on a pane takes its place. What does "
            "not open says why."
        ),
    ),
}


def planes_page() -> str:
    """As rich text."""
    return "".join(
        f"<h3>{escape(_(title))}</h3>" + "".join(f"<p>{escape(_(text))}</p>" for text in texts)
        for title, texts in _SECTIONS.items()
    )
