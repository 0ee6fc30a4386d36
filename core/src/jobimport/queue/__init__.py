"""Runs and tasks in Redis: each step is one Lua script, so that no crash leaves it half done."""
