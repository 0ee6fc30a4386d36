"""What every answer over HTTP has: headers that protect, and ETags."""
