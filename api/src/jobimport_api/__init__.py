"""The JobImport gateway: REST, Socket.IO and the dashboard."""
