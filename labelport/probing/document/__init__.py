"""Text, PDF and archives."""
