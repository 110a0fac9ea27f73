"""What is open and how it is shown; plain values."""
