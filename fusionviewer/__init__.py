"""FusionViewer: CT, MR, PET and SPECT side by side, fused, and measured."""

import os

__version__ = "0.1.0"

# From 1.29 on, onnxruntime reports on Linux and macOS how it is used, unless it is told before it is loaded.
# Source: microsoft/onnxruntime#27379.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
