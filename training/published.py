"""The weights that the authors of DILRAN published, as weights of our network.

They are not bundled: whoever wants them downloads the file and imports it.
"""

import hashlib
import pickle
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor

from fusionviewer.errors import UnreadableFile, WeightsError
from fusionviewer.fusion.dilran import Dilran, DilranConfig
from training.export import write_card, write_weights

# Our layer → theirs. They store 26 more tensors, which their forward pass never uses.
LAYERS = {
    "point": "fe.conv1",
    "dil1": "fe.fe.convd1",
    "dil3": "fe.fe.convd2",
    "dil5": "fe.fe.convd3",
    "reduce": "fe.fe.reduce",
    "bn": "fe.fe.bnorm1",
    "pyr": "fe.fe.dilran.conv_d",
    "dec1": "recon.recon_conv.0",
    "dec2": "recon.recon_conv.1",
    "dec3": "recon.recon_conv.2",
}


def import_dilran(file: Path, target: Path) -> Path:
    """Write dilran.safetensors, its graphs and its card to `target`; the path of the card.

    Raises:
        UnreadableFile: the file is missing or not a file of tensors.
        WeightsError: a tensor is missing or has another shape.
    """
    network = Dilran(DilranConfig(norm="shared"))
    network.load_state_dict(renamed(_read(file), network, file))
    files = write_weights(network.eval(), "dilran", target, "autoencoder")
    card: dict[str, object] = {
        "name": "dilran",
        "architecture": "dilran",
        "config": asdict(network.config),
        "parameters": sum(p.numel() for p in network.parameters()),
        "licence": "Apache-2.0, as the authors' repository",
        "use": "Research and teaching. Not for diagnostic use.",
        "source": "arXiv:2212.04661, published weights",
        "imported": {"file": file.name, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()},
        "notes": ["per-image statistics at inference, as the published results were made"],
    }
    return write_card(card, files, target / "dilran.json")


def renamed(theirs: dict[str, Tensor], network: Dilran, file: Path) -> dict[str, Tensor]:
    """Their tensors under our names.

    Raises:
        WeightsError: a tensor is missing or has another shape.
    """
    ours = {}
    for name, wanted in network.state_dict().items():
        layer, _, tensor = name.partition(".")
        key = f"{LAYERS[layer]}.{tensor}"
        if key not in theirs:
            raise WeightsError(f"“{file.name}” has no {key}: it is not DILRAN as published.", "")
        if theirs[key].shape != wanted.shape:
            raise WeightsError(f"In “{file.name}”, {key} is {tuple(theirs[key].shape)}.", "")
        ours[name] = theirs[key]
    return ours


def _read(file: Path) -> dict[str, Tensor]:
    try:
        content = torch.load(file, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise UnreadableFile(file, "is not a readable file of weights") from error
    if not isinstance(content, dict) or not all(isinstance(v, Tensor) for v in content.values()):
        raise UnreadableFile(file, "is not a dictionary of tensors")
    return content
