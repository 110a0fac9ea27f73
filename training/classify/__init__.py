"""Does fusion help to tell low-grade from high-grade glioma? See `python -m training classify`.

Source: Zhou et al. 2024, arXiv:2411.11799, section IV (the downstream classification).
"""
