"""Specs in the making: presets, validation, preview, and applying one."""
