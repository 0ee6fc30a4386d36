"""How much may be asked of one host, shared by all workers of all pools."""

from jobimport.budgets.budgets import Grant, HostBudgets, Manner, NoRoom
from jobimport.budgets.limits import Limits, host_of

__all__ = ["Grant", "HostBudgets", "Limits", "Manner", "NoRoom", "host_of"]
