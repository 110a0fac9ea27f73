"""Talking to an archive: DICOM over the network, as a client that listens to nobody."""
