"""From two images to one: networks, parameter-free rules, and what runs them."""
