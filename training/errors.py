"""What can go wrong in a training run, for the person who started it."""

from fusionviewer.errors import FusionViewerError


class ConfigError(FusionViewerError):
    """A recipe that cannot be followed."""

    hint = "The recipes in training/configs show every section and key."


class DataError(FusionViewerError):
    """Images that a run cannot be trained on."""

    hint = "A data set is a folder with one folder per modality, paired by file name."


class RunError(FusionViewerError):
    """A run that cannot go on. Checkpoints written before stay as they are."""
