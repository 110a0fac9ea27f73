"""Settings: everything that decides the numbers of a classification."""

from dataclasses import dataclass, replace

from training.errors import ConfigError

INPUTS = ("t2", "flair", "both", "fused")
_CHOICES = {
    "resampling": ("whole", "crop"),
    "network": ("resnet50", "narrow"),
    "level": ("slice", "patient"),
}


@dataclass(frozen=True)
class Settings:
    """The recipe of the paper, with what it leaves open; `small()` is for a quick check.

    Attributes:
        side: voxels along each axis after resampling.
        resampling: "whole" resamples the whole volume, "crop" the box around the tumour.
        least_share: the smallest share of non-zero pixels of a T2 slice that is kept.
        test_per_class: test cases of each class; the same ones in every trial.
        validation_share: of the cases that are left.
        fusion: "train" trains EH-DRAN on the training cases of each trial; "shipped" takes
            the weights of the program; anything else is the folder of a run.
        alpha: the weight of high-grade cases in the focal loss, 1 - alpha that of low-grade
            ones; 0 weighs both alike.
        level: whose AUC on the validation cases picks the epoch.
    """

    side: int = 128
    resampling: str = "whole"
    least_share: float = 0.1
    test_per_class: int = 20
    validation_share: float = 0.2
    fusion: str = "train"
    fusion_epochs: int = 25
    fusion_width: int = 64
    network: str = "resnet50"
    epochs: int = 50
    batch: int = 8
    rate: float = 1e-3
    alpha: float = 0.25
    gamma: float = 2.0
    flips: bool = False
    level: str = "slice"
    seed: int = 3407

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise ConfigError(f"{name} must be one of {', '.join(allowed)}.", "")
        if self.side < 16 or self.side % 2:
            raise ConfigError("The side must be an even number of at least 16.", "")
        if not (0 < self.least_share < 1 and 0 < self.validation_share < 1 and 0 <= self.alpha < 1):
            raise ConfigError("Shares and alpha must lie between 0 and 1.", "")
        counts = (self.test_per_class, self.fusion_epochs, self.fusion_width, self.epochs)
        if min(*counts, self.batch - 1) < 1 or self.rate <= 0 or self.gamma < 0:
            raise ConfigError("Counts and rates must be positive, and a batch at least 2.", "")


def small() -> Settings:
    """Small volumes and networks: the whole way in a minute on one processor core."""
    return replace(
        Settings(),
        side=32,
        test_per_class=6,
        fusion_epochs=3,
        fusion_width=8,
        network="narrow",
        epochs=10,
        flips=True,
    )
