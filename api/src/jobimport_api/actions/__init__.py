"""What can be done with an import, by whom, and how it is written down."""
