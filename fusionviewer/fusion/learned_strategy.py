"""The entry of the learned strategy in the selectors, and its card; no torch."""

from dataclasses import dataclass, field

from fusionviewer.errors import WeightsError
from fusionviewer.fusion.options import Options
from fusionviewer.fusion.weights import Card, read_card
from fusionviewer.texts import text as _

NETWORKS = ("eh-dran",)  # those whose features it can read


@dataclass(frozen=True)
class WeighedStrategy:
    """A strategy with weights of its own; described like `strategies.Strategy`."""

    name: str
    label: str
    source: str
    description: str
    options: Options = field(default_factory=dict)


LEARNED = WeighedStrategy(
    "learned",
    "Learned",
    "Our own; losses as in Song et al. 2024, doi:10.1007/s13721-024-00449-2",
    "A small network weighs the sources at each pixel, by what both show there and around it.",
)


def learned_card(autoencoder: Card) -> Card:
    """The card of the weights that go with those of `autoencoder`.

    Raises:
        WeightsError: there are none, or they were trained on other features.
    """
    card = read_card(LEARNED.name, autoencoder.folder)
    if card.config.get("autoencoder_sha256") != autoencoder.sha256:
        raise WeightsError(
            _(
                "The learned strategy was trained for other weights of {name}.",
                name=autoencoder.name,
            ),
            autoencoder.hint or _("Choose another strategy, or install FusionViewer again."),
        )
    return card
