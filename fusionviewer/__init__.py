"""FusionViewer: CT, MR, PET and SPECT side by side, fused, and measured."""

__version__ = "0.1.0"
