"""Chaos: parts are killed and data is lost, and the ledger of the board must still be met."""
