"""Makes the weights in resources/weights; see `python -m training --help`."""

import fusionviewer  # noqa: F401  # before onnxruntime, which it keeps from reporting
