"""METRICS: every score by name, with what one must know to read it; and the papers' sets."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from fusionviewer.metrics import (
    color,
    fidelity,
    fmi,
    information,
    phase,
    sharpness,
    similarity,
    structure,
    visual,
)
from fusionviewer.metrics.picture import Picture, Sources
from fusionviewer.texts import marked

Better = Literal["higher", "lower"]
RegionRule = Literal["pixels", "windows", "box"]

REGION_RULES: dict[RegionRule, str] = {
    "pixels": marked("over exactly the region's pixels"),
    "windows": marked("over windows or pixels of a map whose centre lies in the region"),
    "box": marked("over the region's bounding box"),
}


@dataclass(frozen=True)
class Metric:
    """A score: how to compute it, and how to read it.

    `range` are the least and greatest value that it can have, None where there is no bound;
    `better` is what the papers take for better, None where more is neither good nor bad.
    `convention` says in a few words which of the variants in the literature it is,
    `description` is for a tooltip. `symmetric`: the same when the sources change places.
    `region`: one of REGION_RULES. `function` meets only finite levels of one size, since
    `Picture` and `Sources` refuse the rest, and raises `Undefined` where it has no value.
    """

    name: str
    label: str
    unit: str
    range: tuple[float | None, float | None]
    better: Better | None
    function: Callable[[Sources, Picture], float]
    convention: str
    description: str
    region: RegionRule
    symmetric: bool = True
    digits: int = 3

    @property
    def source(self) -> str:
        """Where the definition is from: the docstring's last paragraph that starts so."""
        paragraphs = (self.function.__doc__ or "").split("\n\n")
        found = next((p for p in paragraphs if p.strip().startswith("Source:")), "")
        return " ".join(found.split()).removeprefix("Source: ")


_ALL = (
    Metric(
        "en", "Entropy", "bit", (0, 8), "higher", information.entropy,
        "8-bit levels", "How varied the grey levels are. Noise raises it too.", "pixels",
    ),
    Metric(
        "mi", "Mutual information", "bit", (0, 16), "higher", information.mutual_information,
        "256 levels, sum over both sources",
        "How much the fused grey levels tell about those of both sources.", "pixels",
    ),
    Metric(
        "nmi", "Normalised mutual information", "", (0, 2), "higher",
        information.normalised_mutual_information, "Hossny: each source by its entropy, sum",
        "Mutual information that does not favour the source with more entropy.", "pixels",
    ),
    Metric(
        "ce", "Cross entropy", "bit", (None, None), "lower", information.cross_entropy,
        "shared levels only, mean", "How far the fused histogram is from the sources'.", "pixels",
    ),
    Metric(
        "fmi_pixel", "FMI, pixels", "", (0, 1), "higher", fmi.fmi_pixel, "3 × 3 windows, mean",
        "What small windows of the fused image know of the same windows in the sources.",
        "windows",
    ),
    Metric(
        "fmi_gradient", "FMI, gradient", "", (0, 1), "higher", fmi.fmi_gradient,
        "horizontal difference, 3 × 3 windows, mean",
        "Feature mutual information of horizontal gradients.", "windows",
    ),
    Metric(
        "fmi_edge", "FMI, edges", "", (0, 1), "higher", fmi.fmi_edge,
        "binary Sobel edges, 3 × 3 windows, mean",
        "Feature mutual information of edge maps; large empty areas raise it.", "windows",
    ),
    Metric(
        "fmi_wavelet", "FMI, wavelet", "", (0, 1), "higher", fmi.fmi_wavelet,
        "discrete Meyer, one level, 3 × 3 windows, mean",
        "Feature mutual information of wavelet coefficients.", "box",
    ),
    Metric(
        "fmi_dct", "FMI, DCT", "", (0, 1), "higher", fmi.fmi_dct,
        "whole-image DCT, 3 × 3 windows, mean",
        "Feature mutual information of cosine coefficients.", "box",
    ),
    Metric(
        "ssim", "SSIM", "", (-1, 1), "higher", similarity.structural_similarity,
        "Gaussian 11 × 11, valid windows, mean",
        "Structural similarity to both sources. A plain average scores high.", "windows",
    ),
    Metric(
        "ms_ssim", "MS-SSIM", "", (0, 1), "higher", similarity.multi_scale_similarity,
        "five scales, mean", "Structural similarity at five resolutions.", "box",
    ),
    Metric(
        "fsim", "FSIM", "", (0, 1), "higher", phase.feature_similarity,
        "0…255, four orientations, mean",
        "Likeness of phase congruency and gradients, where structure is.", "windows",
    ),
    Metric(
        "qabf", "Q^AB/F", "", (0, 0.9748), "higher", structure.edge_transfer,
        "Xydeas–Petrović constants, edge-weighted",
        "Share of the sources' edges that reached the fused image.", "windows",
    ),
    Metric(
        "nabf", "N^AB/F", "", (0, 1), "lower", structure.edge_artefacts,
        "edges stronger than in both sources",
        "Share of edges that are in neither source: halos, cracks, noise.", "windows",
    ),
    Metric(
        "q_w", "Q_W", "", (-1, 1), "higher", similarity.weighted_quality,
        "8 × 8 windows, weighted by variance",
        "Piella's quality: likeness to the source that is richer at each place.", "windows",
    ),
    Metric(
        "q_e", "Q_E", "", (-1, 1), "higher", similarity.edge_quality,
        "Q_W of images times Q_W of Sobel magnitudes",
        "Piella's quality with the edges counted again.", "windows",
    ),
    Metric(
        "q_y", "Q_Y", "", (-1, 1), "higher", similarity.yang_quality, "7 × 7 windows, σ 1.5",
        "Yang's similarity: both sources where they agree, else the nearer one.", "windows",
    ),
    Metric(
        "q_cb", "Q_CB", "", (0, 1), "higher", structure.contrast_quality,
        "Chen–Blum constants of Z. Liu's toolbox",
        "How much of the contrast that an eye sees was kept.", "windows",
    ),
    Metric(
        "vif", "VIF", "", (0, None), "higher", visual.visual_information_fidelity,
        "pixel domain, sum over both sources",
        "How much of what an eye could see in the sources is left.", "box",
    ),
    Metric(
        "psnr", "PSNR", "dB", (None, None), "higher", fidelity.peak_signal_to_noise,
        "peak 255, mean of two", "Pixel-wise nearness to both sources; rewards averaging.",
        "pixels", digits=2,
    ),
    Metric(
        "cc", "Correlation", "", (-1, 1), "higher", fidelity.correlation, "Pearson, mean",
        "Linear likeness to the sources.", "pixels",
    ),
    Metric(
        "scd", "SCD", "", (-2, 2), "higher", fidelity.correlations_of_differences, "sum",
        "What fusion added to one source resembles the other.", "pixels",
    ),
    Metric(
        "sf", "Spatial frequency", "", (0, 360.63), "higher", sharpness.spatial_frequency, "0…255",
        "Activity between neighbouring pixels. Noise raises it too.", "windows", digits=2,
    ),
    Metric(
        "ag", "Average gradient", "", (0, None), "higher", sharpness.average_gradient,
        "0…255, divided by (H − 1)(W − 1)", "Mean slope. Noise raises it too.", "pixels",
        digits=2,
    ),
    Metric(
        "sd", "Standard deviation", "", (0, 127.5), "higher", sharpness.standard_deviation,
        "0…255, population", "Overall contrast.", "pixels", digits=2,
    ),
    Metric(
        "ei", "Edge intensity", "", (0, 1140.4), "higher", sharpness.edge_intensity,
        "0…255, Sobel magnitude", "Mean strength of edges. Noise raises it too.", "pixels",
        digits=2,
    ),
    Metric(
        "de2000", "Colour difference", "ΔE00", (0, None), "lower", color.colour_difference,
        "CIEDE2000, where there is uptake",
        "How far the colours are from those of the functional image; 1 is just visible.",
        "pixels", digits=2,
    ),
    Metric(
        "de2000_colour", "Colour shift", "ΔE00", (0, None), "lower", color.colour_shift,
        "CIEDE2000 without lightness, where there is uptake",
        "What fusion did to hue and chroma; brightness carries the other image and is left out.",
        "pixels", digits=2,
    ),
    Metric(
        "hue_shift", "Hue shift", "°", (0, 180), "lower", color.hue_shift,
        "CIELAB hue, where there is uptake", "How far fusion turned the hues: blue into lilac.",
        "pixels", digits=2,
    ),
    Metric(
        "en_float", "Entropy of floats", "bit", (0, None), None, information.entropy_of_floats,
        "distinct unrounded values, as in DILRAN",
        "The “EN” of 9 to 13 in DILRAN's tables; mostly rounding noise.", "pixels",
    ),
    Metric(
        "en_jpeg", "Entropy of the JPEG", "bit", (0, 8), "higher", information.entropy_of_jpeg,
        "quality 75, as in DILRAN", "The column “MI” of DILRAN's Table 1.", "pixels",
    ),
    Metric(
        "mi_nats", "Mutual information, nats", "nat", (0, 5.5452), "higher",
        information.mutual_information_nats, "truncated levels, mean, as in DILRAN",
        "Mutual information as DILRAN's script has it.", "pixels",
    ),
    Metric(
        "nmi_ratio", "Entropy ratio", "", (1, 2), "higher", information.entropy_ratio,
        "100 bins, mean, as in DILRAN", "Studholme's normalised mutual information.", "pixels",
    ),
    Metric(
        "fmi_jpeg", "FMI, edges of the JPEG", "", (0, 1), "higher", fmi.fmi_edge_jpeg,
        "all three as JPEG, quality 75, as in DILRAN", "The column “FMI” of DILRAN's tables.",
        "box",
    ),
    Metric(
        "fsim_parity", "FSIM of DILRAN", "", (0, 1), "higher", phase.feature_similarity_parity,
        "0…1, six orientations, 16-bit gradients",
        "The column “FSIM” of DILRAN's tables. Not comparable with FSIM.", "windows",
    ),
    Metric(
        "sd_uint8", "SD in 8-bit arithmetic", "", (0, 15.969), "higher",
        sharpness.standard_deviation_uint8, "saturating, as in Di 2025",
        "The column “SD” of Di et al. 2025.", "pixels",
    ),
)  # fmt: skip

METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}

_PARITY = ("en_float", "en_jpeg", "mi_nats", "nmi_ratio", "fmi_jpeg", "fsim_parity", "sd_uint8")

CONVENTIONS: dict[str, tuple[str, ...]] = {
    "dilran": (
        *("psnr", "ssim", "en_jpeg", "fmi_jpeg", "fsim_parity", "en_float"),
        *("mi_nats", "nmi_ratio"),  # in the code, not in the tables
    ),
    "mfinet": ("mi", "sf", "vif", "qabf"),
    "di2025": ("ag", "en", "sf", "mi", "cc", "sd_uint8", "scd"),
    "bits": tuple(name for name in METRICS if name not in _PARITY),
}
"""Which scores, in the paper's order, a convention stands for. `dilran` (arXiv:2212.04661) is
also EH-DRAN's (arXiv:2411.11799); `mfinet` is doi:10.1007/s13721-024-00449-2, `di2025`
doi:10.62756/jmsi.1674-8042.2025003. `bits` is ours: each score once, in its sound variant."""
