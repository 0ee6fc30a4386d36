"""Live progress over Socket.IO."""
