"""Draw the program's icon: `python packaging/make_icons.py`.

Two discs, one grey as an anatomical image and one in the colours of a hot metal, and what both
have in common in white. Written as SVG, PNG, ICO (Windows) and ICNS (macOS); all are committed.
"""

from pathlib import Path

from PIL import Image, ImageChops, ImageDraw

TARGET = Path(__file__).parent.parent / "resources" / "icons"

SIZE = 256  # the units of the drawing
GROUND, GREY, HOT, BOTH = "#14181d", "#8fa3b5", "#e8622c", "#fff4e0"
CORNER, RADIUS = 52, 68
LEFT, RIGHT, MIDDLE = 98, 158, 128
PNG_SIZES = (16, 32, 48, 64, 128, 256, 512)
OVERSAMPLED = 4

SVG = f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}">
  <title>FusionViewer</title>
  <clipPath id="left"><circle cx="{LEFT}" cy="{MIDDLE}" r="{RADIUS}"/></clipPath>
  <rect width="{SIZE}" height="{SIZE}" rx="{CORNER}" fill="{GROUND}"/>
  <circle cx="{LEFT}" cy="{MIDDLE}" r="{RADIUS}" fill="{GREY}"/>
  <circle cx="{RIGHT}" cy="{MIDDLE}" r="{RADIUS}" fill="{HOT}"/>
  <circle cx="{RIGHT}" cy="{MIDDLE}" r="{RADIUS}" fill="{BOTH}" clip-path="url(#left)"/>
</svg>
"""


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    (TARGET / "fusionviewer.svg").write_text(SVG, encoding="utf-8")
    pictures = {size: drawn(size) for size in PNG_SIZES}
    for size, picture in pictures.items():
        picture.save(TARGET / f"fusionviewer-{size}.png", optimize=True)
    small = [(size, size) for size in PNG_SIZES if size <= 256]
    pictures[256].save(TARGET / "fusionviewer.ico", sizes=small)
    pictures[512].save(TARGET / "fusionviewer.icns")


def drawn(size: int) -> Image.Image:
    """The icon as a picture of `size` × `size` pixels with transparency."""
    large = size * OVERSAMPLED
    picture = Image.new("RGBA", (large, large), (0, 0, 0, 0))
    ground = Image.new("L", (large, large), 0)
    corner = CORNER * large / SIZE
    ImageDraw.Draw(ground).rounded_rectangle((0, 0, large - 1, large - 1), corner, fill=255)
    left, right = _disc(large, LEFT), _disc(large, RIGHT)
    both = ImageChops.darker(left, right)
    for mask, colour in ((ground, GROUND), (left, GREY), (right, HOT), (both, BOTH)):
        picture.paste(Image.new("RGBA", (large, large), colour), mask=mask)
    return picture.resize((size, size), Image.Resampling.LANCZOS)


def _disc(large: int, centre: int) -> Image.Image:
    mask = Image.new("L", (large, large), 0)
    box = [(v * large) / SIZE for v in (centre - RADIUS, MIDDLE - RADIUS)]
    box += [(v * large) / SIZE for v in (centre + RADIUS, MIDDLE + RADIUS)]
    ImageDraw.Draw(mask).ellipse(box, fill=255)
    return mask


if __name__ == "__main__":
    main()
